import Testing

@testable import Senders

@Suite struct SMTPConfigTests {
    private static let least = #""host":"smtp.acme.example","from":"Acme <news@acme.example>""#

    private static func fault(_ settings: String) -> ConfigError? {
        do throws(ConfigError) {
            _ = try SMTPConfig(json: "{\(settings)}")
            return nil
        } catch { return error }
    }

    @Test func theLeastThatIsNeeded() throws {
        let config = try SMTPConfig(json: "{\(Self.least)}")
        #expect(config.port == 587)
        #expect(config.session.security == .startTLS)
        #expect(config.session.hello == Array("acme.example".utf8))
        #expect(config.connections == 8)
        #expect(config.tls != nil)
        #expect(!config.isInternal)
        #expect(try SMTPConfig(json: "{\(Self.least),\"security\":\"tls\"}").port == 465)
    }

    @Test(arguments: [
        ("", "from"), (#""from":"a@b.example""#, "host"), (#""host":"h","from":"nobody""#, "from"),
        (#""host":"h","from":"a@b.example\r\nBcc: x@y.example""#, "from"),
        (#""host":"h","from":"a@bücher.example""#, "from"),
        (#""host":"h:25","from":"a@b.example","port":0"#, "port"),
        (#""host":"bad host","from":"a@b.example""#, "host"),
        (least + #","security":"none""#, "security"), (least + #","security":"ssl""#, "security"),
        (least + #","user":"u""#, "password"), (least + #","password":"p""#, "user"),
        (least + #","security":"none","internal":true,"user":"u","password":"p""#, "security"),
        (least + #","user":"u\u0000","password":"p""#, "user"),
        (least + #","hello":"me\r\nMAIL""#, "hello"), (least + #","connections":0"#, "connections"),
        (least + #","unsubscribe_url":"http://acme.example/{{id}}""#, "unsubscribe_url"),
        (least + #","unsubscribe_url":"https://acme.example/""#, "unsubscribe_url"),
        (least + #","unsubscribe_url":"https://acme.example/{{id}}?to={{to}}""#, "unsubscribe_url"),
        (least + #","unsubscribe_url":"https://acme.example/{{id}}>\r\nX: y""#, "unsubscribe_url"),
        (least + #","category":"marketing""#, "unsubscribe_url"),
        (least + #","dkim":[{"domain":"acme.example","selector":"s1"}]"#, "dkim[0].key"),
        (least + #","dkim":[{"domain":"acme.example","selector":"s 1","key":"x"}]"#, "dkim[0].selector"),
        (least + #","dkim":[{"domain":"acme.example","selector":"s1","key":"x"}]"#, "dkim[0].key"),
        (least + #","ca_file":"/no/such/file""#, "ca_file"), (least + #","prot":25"#, "prot"),
    ])
    func aMistakeIsNamedByItsPlace(_ settings: String, _ place: String) {
        #expect(Self.fault(settings)?.setting == place)
    }

    @Test func aPasswordInClearMustBeAskedFor() throws {
        let settings =
            Self.least + #","security":"none","internal":true,"insecure_auth":true,"user":"u","password":"p""#
        let config = try SMTPConfig(json: "{\(settings)}")
        #expect(config.session.allowsClearLogin)
    }

    @Test(arguments: [
        ("a@b.example", "", "a@b.example"), ("<a@b.example>", "", "a@b.example"),
        ("Acme Bank <a@b.example>", "Acme Bank", "a@b.example"),
        (#""Acme, Bank" <a@b.example>"#, "Acme, Bank", "a@b.example"),
        ("Bücher\r\n <a@b.example>", "Bücher", "a@b.example"),
    ])
    func aSenderIsReadAsPeopleWriteIt(_ text: String, _ name: String, _ address: String) throws {
        let mailbox = try #require(Mailbox(text))
        #expect(String(decoding: mailbox.name, as: UTF8.self) == name)
        #expect(String(decoding: mailbox.address, as: UTF8.self) == address)
    }

    @Test(arguments: [
        "", "@", "a@", "@b", "a@b@c", "a b@c.example", "a@b.example>", "<a@b.example", "a@b.example, c@d.example",
        "x <a@b.example> y", "a(comment)@b.example", "\"a\"@b.example", "a@[127.0.0.1]",
    ])
    func whatIsNoSenderIsRefused(_ text: String) { #expect(Mailbox(text) == nil) }
}
