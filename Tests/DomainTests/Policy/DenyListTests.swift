import Testing

@testable import Domain

struct DenyListTests {
    private func match(_ list: DenyList, _ address: String, _ kind: AddressKind, region: String = "SG") -> DenyList
        .Match?
    {
        let bytes = Array(address.utf8)
        return list.match(
            address: bytes.span, kind: kind, region: Region(region) ?? .none, hash: RecipientHash(high: 1, low: 2))
    }

    @Test func anEmptyListDeniesNobody() { #expect(match(DenyList(), "+6591234567", .phone) == nil) }

    @Test func prefixesMeanTheirDigits() {
        var list = DenyList()
        list.deny(prefix: "+659")
        list.deny(prefix: "4479")
        #expect(match(list, "+6591234567", .phone) == .prefix)
        #expect(match(list, "+6581234567", .phone) == nil)
        #expect(match(list, "+447911123456", .phone) == .prefix)
        #expect(match(list, "+447811123456", .phone) == nil)
        #expect(match(list, "+65", .phone) == nil)
        #expect(match(list, "659@example.com", .email) == nil)
    }

    @Test(arguments: ["a@bad.example", "a@BAD.example", "a@mail.bad.example"])
    func aDomainMeansAllBelowIt(address: String) {
        var list = DenyList()
        list.deny(domain: "Bad.Example")
        #expect(match(list, address, .email) == .domain)
    }

    @Test(arguments: ["a@notbad.example", "a@bad.example.org", "bad.example@good.org"])
    func similarDomainsPass(address: String) {
        var list = DenyList()
        list.deny(domain: "bad.example")
        #expect(match(list, address, .email) == nil)
    }

    @Test func countriesAndSingleAddresses() {
        var list = DenyList()
        list.deny(country: Region("KP") ?? .none)
        #expect(match(list, "+850191234567", .phone, region: "KP") == .country)
        #expect(match(list, "+6591234567", .phone) == nil)
        list.deny(address: RecipientHash(high: 1, low: 2))
        #expect(match(list, "+6591234567", .phone) == .address)
    }
}
