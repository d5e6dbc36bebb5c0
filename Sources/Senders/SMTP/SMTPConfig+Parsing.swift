import Domain

/// The settings:
/// ```
/// "host", "port"        587 unless said; 465 with "security": "tls"
/// "security"            "starttls" (unless said), "tls", or "none" for an internal host
/// "user", "password"    both or none; "insecure_auth": true sends them in clear to an internal host
/// "from"                "Acme <news@acme.example>"; a batch's own sender goes before it
/// "reply_to", "envelope_from"
/// "report_secret"       stands, hashed, in each message, so that a bounce or a complaint that comes back names it
/// "verp"                true: each message has a bounce address of its own, bounces+MARK@… where "envelope_from" is
///                       bounces@…; its server must deliver such addresses to one mailbox
/// "webhook_user", "webhook_password", "webhook_header", "webhook_secret"   who may post reports
/// "hello"               how we name ourselves to the server: a host's name
/// "connections"         8 unless said, over all batches of the provider in this process
/// "messages_per_connection", "idle_timeout_ms", "connect_timeout_ms", "reply_timeout_ms", "delivery_timeout_ms",
/// "throttle_wait_ms", "ca_file", "internal"
/// "unsubscribe_url"     "https://acme.example/u/{{id}}": marketing mail needs it (RFC 8058)
/// "category"            "marketing" has the check done when the provider is configured
/// "dkim"                [{"domain": "acme.example", "selector": "s1", "key": "-----BEGIN …"}]
/// ```
extension SMTPConfig {
    static let known =
        [
            "host", "port", "security", "user", "password", "insecure_auth", "from", "reply_to", "envelope_from",
            "hello",
            "connections", "messages_per_connection", "idle_timeout_ms", "connect_timeout_ms", "reply_timeout_ms",
            "delivery_timeout_ms", "throttle_wait_ms", "ca_file", "internal", "unsubscribe_url", "category", "dkim",
            "report_secret", "verp",
        ] + WebhookSecret.settings

    package init(json text: String) throws(ConfigError) {
        guard let object = (try? JSON.parse(text))?.objectValue else {
            throw ConfigError(
                setting: "", problem: "must be a JSON object such as {\"host\": \"smtp.acme.example\", \"from\": …}")
        }
        try self.init(object)
    }

    package init(_ object: JSONObject) throws(ConfigError) {
        var reader = ConfigReader(object)
        mail = MailSettings(from: try Self.mailbox("from", &reader, isNeeded: true))
        mail.replyTo = reader.has("reply_to") ? try Self.mailbox("reply_to", &reader, isNeeded: true) : nil
        if reader.has("envelope_from") {
            let mailbox = try Self.mailbox("envelope_from", &reader, isNeeded: true)
            envelopeFrom = mailbox.address
        }
        try readReports(&reader)
        isInternal = try reader.flag("internal") ?? isInternal
        try readServer(&reader)
        try readLogin(&reader)
        let wait = 1...3_600_000
        connectTimeout = try reader.milliseconds("connect_timeout_ms", in: wait) ?? connectTimeout
        replyTimeout = try reader.milliseconds("reply_timeout_ms", in: wait) ?? replyTimeout
        deliveryTimeout = try reader.milliseconds("delivery_timeout_ms", in: wait) ?? deliveryTimeout
        idleTimeout = try reader.milliseconds("idle_timeout_ms", in: wait) ?? idleTimeout
        meaning.throttleWait = try reader.milliseconds("throttle_wait_ms", in: 0...3_600_000) ?? meaning.throttleWait
        connections = try reader.integer("connections", in: 1...1000) ?? connections
        session.messages = try reader.integer("messages_per_connection", in: 1...1_000_000) ?? session.messages
        let caFile = try reader.text("ca_file")
        try readUnsubscribe(&reader)
        try readKeys(&reader)
        try reader.finish(known: Self.known)
        if session.security != .none { tls = try TLSContext(caFile: caFile) }
    }

    private static func mailbox(_ name: String, _ reader: inout ConfigReader, isNeeded: Bool) throws(ConfigError)
        -> Mailbox
    {
        guard let text = try reader.text(name) else { throw ConfigError(setting: name, problem: "is missing") }
        guard let mailbox = Mailbox(text) else {
            throw ConfigError(
                setting: name,
                problem: "must be an address such as \"Acme <news@acme.example>\", its domain in ASCII (xn--…)")
        }
        return mailbox
    }

    private mutating func readReports(_ reader: inout ConfigReader) throws(ConfigError) {
        webhook = try WebhookSecret(&reader)
        if let secret = try reader.plainText("report_secret") {
            guard secret.utf8.count >= 16 else {
                throw ConfigError(
                    setting: "report_secret", problem: "must have 16 characters or more, best random ones")
            }
            mail.mark = MailMark(secret: secret)
        }
        marksEnvelope = try reader.flag("verp") ?? marksEnvelope
        guard marksEnvelope else { return }
        if mail.mark == nil { throw ConfigError(setting: "report_secret", problem: "is missing: \"verp\" needs it") }
        guard let address = envelopeFrom, let at = address.lastIndex(of: 0x40) else {
            throw ConfigError(
                setting: "envelope_from", problem: "is missing: \"verp\" needs it, such as bounces@acme.example")
        }
        // RFC 5321 ends the part before the @ at 64 bytes.
        guard at + 1 + MailMark.longest <= 64 else {
            throw ConfigError(
                setting: "envelope_from",
                problem: "must have at most \(63 - MailMark.longest) characters before the @ where \"verp\" is set")
        }
    }

    private mutating func readServer(_ reader: inout ConfigReader) throws(ConfigError) {
        guard let host = try reader.text("host") else { throw ConfigError(setting: "host", problem: "is missing") }
        guard Self.isHost(host) else {
            throw ConfigError(setting: "host", problem: "must be a host's name or its IP address, without a port")
        }
        self.host = host
        session.security = try reader.choice("security") ?? .startTLS
        if session.security == .none, !isInternal {
            throw ConfigError(
                setting: "security",
                problem: "may be \"none\" only for a host of your own: set \"internal\": true, or use \"starttls\"")
        }
        port = try reader.integer("port", in: 1...65_535) ?? (session.security == .tls ? 465 : 587)
        if let hello = try reader.text("hello") {
            guard Self.isHost(hello) else {
                throw ConfigError(setting: "hello", problem: "must be a host's name such as herald.acme.example")
            }
            session.hello = Array(hello.utf8)
        } else {
            session.hello = mail.from.domain
        }
    }

    private mutating func readLogin(_ reader: inout ConfigReader) throws(ConfigError) {
        let isInsecure = try reader.flag("insecure_auth") ?? false
        let user = try reader.text("user")
        let password = try reader.text("password")
        guard let user else {
            if password != nil { throw ConfigError(setting: "user", problem: "is missing: there is a password") }
            return
        }
        guard let password else {
            throw ConfigError(setting: "password", problem: "is missing: there is a user")
        }
        if user.utf8.contains(0) { throw ConfigError(setting: "user", problem: "must not hold a NUL") }
        if password.utf8.contains(0) { throw ConfigError(setting: "password", problem: "must not hold a NUL") }
        if session.security == .none, !isInsecure {
            throw ConfigError(
                setting: "security",
                problem:
                    "is \"none\", so the password would go out in clear; use \"starttls\" or \"tls\", or set \"insecure_auth\": true"
            )
        }
        session.login = SMTPSession.Login(user: Array(user.utf8), password: Array(password.utf8))
        session.allowsClearLogin = session.security == .none && isInsecure
    }

    private mutating func readUnsubscribe(_ reader: inout ConfigReader) throws(ConfigError) {
        let category: Category? = try reader.choice("category")
        mail.unsubscribe = try reader.unsubscribeURL()
        if category == .marketing, mail.unsubscribe == nil {
            throw ConfigError(
                setting: "unsubscribe_url",
                problem: "is missing: marketing mail needs a page such as https://acme.example/u/{{id}}")
        }
    }

    private mutating func readKeys(_ reader: inout ConfigReader) throws(ConfigError) {
        for (index, value) in (reader.list("dkim") ?? []).enumerated() {
            let place = "dkim[\(index)]"
            guard case .object(let object) = value else {
                throw ConfigError(setting: place, problem: "must be an object of domain, selector and key")
            }
            var entry = ConfigReader(object, prefix: place)
            let domain = try Self.name("domain", &entry).lowercased()
            let selector = try Self.name("selector", &entry)
            guard let pem = try entry.text("key") else {
                throw ConfigError(setting: place + ".key", problem: "is missing: the private key in PEM")
            }
            try entry.finish(known: ["domain", "selector", "key"])
            do throws(DKIMKey.Fault) {
                mail.dkim.append(try DKIMKey(domain: domain, selector: selector, pem: pem))
            } catch {
                throw ConfigError(setting: place + ".key", problem: error.description)
            }
        }
    }

    private static func name(_ name: String, _ reader: inout ConfigReader) throws(ConfigError) -> String {
        guard let text = try reader.text(name) else {
            throw ConfigError(setting: reader.place(name), problem: "is missing")
        }
        guard isHost(text), !text.contains(":") else {
            throw ConfigError(setting: reader.place(name), problem: "must be a name as in the DNS, not \"\(text)\"")
        }
        return text
    }

    private static func isHost(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= 253
            && text.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x3A, 0x5F: true
                default: false
                }
            }
    }
}
