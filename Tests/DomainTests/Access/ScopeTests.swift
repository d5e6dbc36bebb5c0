import Testing

@testable import Domain

struct ScopeTests {
    @Test func aStarStandsForAGroup() {
        #expect(Scope.named("send:*") == [.sendOTP, .sendTransactional, .sendAlert, .sendMarketing])
        #expect(Scope.named("keys:*") == [.keysRead, .keysWrite])
        #expect(Scope.named("keys:read") == [.keysRead])
        for word in ["", "*", ":*", "keys", "keys:", "Keys:read", "keys:own", "admin:*"] {
            #expect(Scope.named(word) == nil, "\(word)")
        }
    }

    @Test func writingBringsReadingAndNothingElse() {
        let set = ScopeSet([.templatesApprove])
        #expect(Scope.allCases.filter(set.contains) == [.templatesRead, .templatesApprove])
        #expect(Scope.allCases.filter(ScopeSet([.sendOTP]).contains) == [.sendOTP])
        #expect(!ScopeSet([.keysRead]).contains(.keysWrite))
    }

    @Test func anAdministratorManagesEverythingAndSendsNothing() {
        let set = ScopeSet([.admin])
        let without = Scope.allCases.filter { !set.contains($0) }
        #expect(
            without == [
                .sendOTP, .sendTransactional, .sendAlert, .sendMarketing, .priorityCritical, .messagesUnmask,
                .personsRead, .metricsRead,
            ])
        #expect(!set.sends && ScopeSet([.sendAlert]).sends && !ScopeSet([.priorityCritical]).sends)
    }

    @Test func everyScopeHasABitOfItsOwn() {
        for scope in Scope.allCases where scope.reading == nil && scope != .admin {
            #expect(Scope.allCases.filter(ScopeSet([scope]).contains) == [scope])
        }
    }
}
