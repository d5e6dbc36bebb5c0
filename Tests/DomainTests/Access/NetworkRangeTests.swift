import Testing

@testable import Domain

struct NetworkRangeTests {
    @Test(arguments: [
        ("10.0.0.0/8", "10.255.1.2", true), ("10.0.0.0/8", "11.0.0.1", false), ("10.0.0.0/8", "::ffff:10.1.2.3", true),
        ("192.0.2.7", "192.0.2.7", true), ("192.0.2.7", "192.0.2.6", false), ("0.0.0.0/0", "203.0.113.9", true),
        ("0.0.0.0/0", "2001:db8::1", false), ("::/0", "2001:db8::1", true), ("::/0", "203.0.113.9", false),
        ("::ffff:10.0.0.0/104", "10.9.9.9", true), ("2001:db8::/32", "2001:db8:ffff::1", true),
        ("2001:db8::/32", "2001:db9::1", false), ("2001:db8::/65", "2001:db8:0:0:7fff::", true),
        ("2001:db8::/65", "2001:db8:0:0:8000::", false), ("fe80::/10", "fe80::1%eth0", true),
        ("2001:db8::1", "2001:db8::1", true), ("2001:db8::1", "2001:db8::2", false),
        ("198.51.100.64/26", "198.51.100.127", true), ("198.51.100.64/26", "198.51.100.128", false),
    ])
    func aNetworkHoldsItsAddresses(range: String, address: String, holds: Bool) throws {
        #expect(try NetworkRange(range).contains(#require(IPAddress(address))) == holds)
    }

    @Test(arguments: [
        "", "/", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8/8", "10.0.0/8", "010.0.0.1", "::/129", "::1%lo",
        "1e1.0.0.1", "10.0.0.0/+8", " 10.0.0.0/8", "example.org", "::ffff:10.0.0.0/8 ",
    ])
    func whatIsNoNetworkIsRefused(text: String) {
        #expect(throws: NetworkRange.Fault.unreadable) { try NetworkRange(text) }
    }

    @Test(arguments: [
        ("10.1.2.3/8", "10.0.0.0/8"), ("2001:db8::1/64", "2001:db8::/64"), ("::ffff:10.1.0.0/104", "10.0.0.0/8"),
    ])
    func bitsBeyondTheLengthAreToldWithWhatWasMeant(text: String, meant: String) {
        #expect(throws: NetworkRange.Fault.loose(meant: meant)) { try NetworkRange(text) }
    }

    @Test func aRangeIsWrittenAsPostgreSQLWritesIt() throws {
        for (text, written) in [
            ("10.0.0.0/8", "10.0.0.0/8"), ("192.0.2.7", "192.0.2.7/32"), ("2001:DB8:0::/48", "2001:db8::/48"),
            ("::1", "::1/128"), ("::ffff:192.0.2.7", "192.0.2.7/32"), ("0.0.0.0/0", "0.0.0.0/0"), ("::/0", "::/0"),
        ] {
            #expect(try NetworkRange(text).description == written)
        }
    }
}
