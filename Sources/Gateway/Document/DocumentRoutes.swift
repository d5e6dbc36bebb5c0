import Domain
import HTTPServer

/// `/openapi.json` for programs and `/docs` for people: the same document, without a key, because it tells nothing about
/// anybody.
enum DocumentRoutes {
    static func routes() -> [Route] {
        [
            Route(.get, "/openapi.json", operationID: "getDocument") { _, _ in .json(APIDocument.bytes) },
            Route(.get, "/docs", operationID: "getDocs") { _, _ in
                HTTPResponse(
                    status: 200,
                    headers: [
                        ("Content-Type", "text/html; charset=utf-8"),
                        // Nothing is loaded from anywhere and nothing runs: the style of the page itself is all there is.
                        (
                            "Content-Security-Policy",
                            "default-src 'none'; style-src '\(DocsStyle.digest)'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
                        ),
                        ("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "no-referrer"),
                    ], body: .bytes(page))
            },
        ]
    }

    /// Made once, at the first look.
    private static let page: [UInt8] = {
        guard let document = try? APIDocument.parsed() else { return [] }
        return Array(DocsPage(document).html.utf8)
    }()
}
