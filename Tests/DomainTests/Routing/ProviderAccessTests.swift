import Testing

@testable import Domain

struct ProviderAccessTests {
    @Test(
        arguments: [
            (nil, [], [1, 2, 3]), (nil, [2], [2]), (1, [], [1]), (1, [2], [1, 2]), (1, [1], [1]),
        ] as [(Int64?, Set<Int64>, [Int64])])
    func anAccountIsOpenToItsOwnerAndThoseGranted(owner: Int64?, grants: Set<Int64>, permitted: [Int64]) {
        let access = ProviderAccess(owner: owner, grants: grants)
        #expect([1, 2, 3].filter(access.permits) == permitted)
        #expect(access.isOpenToAll == (permitted.count == 3))
    }

    @Test func aNameNeedsCareWhereItMustBeRegistered() throws {
        #expect(SenderRegistration.of(try #require(Region("SG"))) == .required)
        #expect(SenderRegistration.of(try #require(Region("US"))) == .impossible)
        #expect(SenderRegistration.of(try #require(Region("GB"))) == nil)
        #expect(SenderRegistration.isName("HERALD") && SenderRegistration.isName("4you"))
        #expect(!SenderRegistration.isName("+6512345678") && !SenderRegistration.isName("72345"))
    }
}
