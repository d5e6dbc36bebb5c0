import Glibc
import Testing

@testable import Senders

@Suite struct AddressGuardTests {
    private func isPublic(_ text: String) throws -> Bool {
        var bytes = [UInt8](repeating: 0, count: 16)
        if text.contains(":") {
            try #require(inet_pton(AF_INET6, text, &bytes) == 1)
            return AddressGuard.isPublic(v6: bytes)
        }
        try #require(inet_pton(AF_INET, text, &bytes) == 1)
        return AddressGuard.isPublic(v4: bytes.prefix(4))
    }

    @Test(arguments: [
        "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.9.9.9",
        "169.254.169.254", "169.254.0.1", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.2.1", "192.88.99.1",
        "192.168.0.1", "198.18.0.1", "198.19.255.255", "198.51.100.7", "203.0.113.7", "224.0.0.1", "240.0.0.1",
        "255.255.255.255", "::", "::1", "::127.0.0.1", "::10.0.0.1", "::ffff:127.0.0.1", "::ffff:169.254.169.254",
        "::ffff:0:10.0.0.1", "64:ff9b::10.0.0.1", "64:ff9b::127.0.0.1", "64:ff9b:1::1", "2002:7f00:1::",
        "2002:a00:1::1",
        "2001::1", "2001:db8::1", "3fff::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fec0::1", "ff02::1", "100::1",
        "4000::1",
    ])
    func theInsideIsClosed(address: String) throws { #expect(try !isPublic(address)) }

    @Test(arguments: [
        "1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.0.0.1", "128.0.0.1",
        "169.253.0.1",
        "172.15.0.1", "172.32.0.1", "192.0.1.1", "192.167.0.1", "198.17.0.1", "198.20.0.1", "223.255.255.255",
        "2606:4700::1111", "2001:4860:4860::8888", "2a00:1450::1", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8",
        "2002:808:808::1",
    ])
    func theInternetIsOpen(address: String) throws { #expect(try isPublic(address)) }

    @Test func otherLengthsAreNoAddresses() {
        #expect(!AddressGuard.isPublic(v4: [8, 8, 8]) && !AddressGuard.isPublic(v6: [0x20, 0x01]))
    }
}
