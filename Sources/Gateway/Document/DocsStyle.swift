import Crypto

/// How `/docs` looks, in daylight and at night.
enum DocsStyle {
    static let css = """
        :root{color-scheme:light dark;--line:#8884;--soft:#8881;--key:#2563eb}
        body{font:16px/1.5 system-ui,sans-serif;margin:0 auto;max-width:60rem;padding:1rem}
        h2{border-bottom:1px solid var(--line);margin-top:3rem;padding-bottom:.3rem}
        h3{margin-top:2rem}h3 code{font-size:1rem}
        nav ul{columns:16rem;padding-left:1rem}
        code,pre{font-family:ui-monospace,monospace;font-size:.875rem}
        pre{background:var(--soft);border:1px solid var(--line);border-radius:6px;overflow-x:auto;padding:.75rem}
        table{border-collapse:collapse;display:block;overflow-x:auto}
        td,th{border-bottom:1px solid var(--line);padding:.3rem .75rem .3rem 0;text-align:left;vertical-align:top}
        summary{cursor:pointer}a{color:var(--key)}
        .method{border:1px solid var(--line);border-radius:4px;font-weight:600;margin-right:.4rem;padding:.1rem .4rem}
        .scope{color:gray;font-size:.875rem}
        """

    /// The policy names the style by what it is, so that nothing else can pass for it.
    static let digest = "sha256-" + String(decoding: Base64.encode(Digest.sha256(Array(css.utf8))), as: UTF8.self)
}
