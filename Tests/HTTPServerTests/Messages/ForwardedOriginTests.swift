import Testing

@testable import HTTPServer

@Suite struct ForwardedOriginTests {
    private static let proxies = ["10.0.0.0/8", "2001:db8::/32"].compactMap { IPNetwork($0) }

    private func client(_ fields: [(name: String, value: String)], peer: String) throws -> String {
        let peer = try #require(IPAddress(peer))
        return "\(ForwardedOrigin.of(HTTPHeaders(fields), peer: peer, proxies: Self.proxies).client)"
    }

    @Test(arguments: [
        ("X-Forwarded-For", "1.2.3.4", "1.2.3.4"), ("X-Forwarded-For", "9.9.9.9, 1.2.3.4", "1.2.3.4"),
        ("X-Forwarded-For", "1.2.3.4, 10.0.0.9", "1.2.3.4"), ("X-Forwarded-For", "1.2.3.4:5060", "1.2.3.4"),
        ("X-Forwarded-For", "evil", "10.0.0.1"), ("X-Forwarded-For", "1.2.3.4, evil", "10.0.0.1"),
        ("Forwarded", "for=1.2.3.4;proto=https", "1.2.3.4"), ("Forwarded", #"For="[2001:db9::7]:80""#, "2001:db9::7"),
        ("Forwarded", "for=9.9.9.9, for=1.2.3.4", "1.2.3.4"), ("Forwarded", "for=unknown", "10.0.0.1"),
    ]) func aNamedProxyIsBelieved(name: String, value: String, client: String) throws {
        #expect(try self.client([(name, value)], peer: "10.0.0.1") == client)
    }

    @Test(arguments: ["X-Forwarded-For", "Forwarded"]) func nobodyElseIs(name: String) throws {
        #expect(try client([(name, "for=1.2.3.4")], peer: "11.0.0.1") == "11.0.0.1")
        #expect(try client([(name, "1.2.3.4")], peer: "::ffff:11.0.0.1") == "11.0.0.1")
        let headers = HTTPHeaders([("X-Forwarded-Proto", "https"), ("Forwarded", "proto=https")])
        let peer = try #require(IPAddress("11.0.0.1"))
        #expect(!ForwardedOrigin.of(headers, peer: peer, proxies: Self.proxies).isSecure)
        let proxy = try #require(IPAddress("2001:db8::5"))
        #expect(ForwardedOrigin.of(headers, peer: proxy, proxies: Self.proxies).isSecure)
    }

    @Test(arguments: [
        ("10.0.0.0/8", "10.255.0.1", true), ("10.0.0.0/8", "11.0.0.1", false), ("0.0.0.0/0", "1.2.3.4", true),
        ("0.0.0.0/0", "::1", false), ("::/0", "1.2.3.4", true), ("1.2.3.4", "1.2.3.4", true),
        ("1.2.3.4", "1.2.3.5", false),
        ("2001:db8::/33", "2001:db8:7fff::", true), ("2001:db8::/33", "2001:db8:8000::", false),
        ("2001:db8::/65", "2001:db8::7fff:0:0:0", true), ("2001:db8::/65", "2001:db8::8000:0:0:0", false),
        ("::ffff:10.0.0.0/104", "10.1.1.1", true),
    ]) func networks(network: String, address: String, isInside: Bool) throws {
        // A mapped network counts its prefix as IPv4 does or as IPv6 does; the long form isn't taken.
        guard let made = IPNetwork(network) else {
            #expect(network.hasPrefix("::ffff"))
            return
        }
        #expect(made.contains(try #require(IPAddress(address))) == isInside)
    }

    @Test(arguments: ["", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0/8", "a/8", "::/129", "10.0.0.0/8/8"])
    func whatIsNoNetwork(text: String) {
        #expect(IPNetwork(text) == nil)
    }
}
