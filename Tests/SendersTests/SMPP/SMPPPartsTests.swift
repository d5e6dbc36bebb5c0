import Testing

@testable import Senders

@Suite struct SMPPPartsTests {
    private static let wait = Duration.seconds(1)

    /// All parts submitted.
    private func begun(_ count: Int) -> SMPPParts {
        var parts = SMPPParts(count: count)
        while let part = parts.part { parts.submitted(part) }
        return parts
    }

    @Test func aMessageIsSentWhenAllItsPartsAre() {
        var parts = begun(3)
        parts.accepted(2, reference: "c")
        parts.accepted(0, reference: "a")
        #expect(parts.outcome(throttleWait: Self.wait) == nil)
        parts.accepted(1, reference: "b")
        #expect(parts.outcome(throttleWait: Self.wait) == .sent(reference: "a,b,c", cost: nil))
    }

    @Test func aSinglePartIsAsItIsAnswered() {
        var sent = begun(1)
        sent.accepted(0, reference: "x")
        #expect(sent.outcome(throttleWait: Self.wait) == .sent(reference: "x", cost: nil))
        var throttled = begun(1)
        throttled.refused(0, status: 0x58, kind: .throttled)
        #expect(throttled.outcome(throttleWait: Self.wait) == .throttled(after: Self.wait))
        var refused = begun(1)
        refused.refused(0, status: 11, kind: .permanent)
        #expect(refused.outcome(throttleWait: Self.wait) == .permanent(reason: "invalid_recipient (smpp 11)"))
        var unwritten = begun(1)
        unwritten.unanswered(0, begun: false, reason: "r")
        #expect(unwritten.outcome(throttleWait: Self.wait) == .notSent(reason: "r"))
        var doubtful = begun(1)
        doubtful.unanswered(0, begun: true, reason: "r")
        #expect(doubtful.outcome(throttleWait: Self.wait) == .inDoubt(reason: "r"))
    }

    @Test func aThrottledPartIsSubmittedAgainWhereOthersWereTaken() {
        var parts = begun(3)
        parts.refused(1, status: 0x58, kind: .throttled)
        #expect(parts.part == nil && parts.outcome(throttleWait: Self.wait) == nil)
        parts.accepted(0, reference: "a")
        parts.accepted(2, reference: "c")
        #expect(parts.part == 1 && parts.outcome(throttleWait: Self.wait) == nil)
        parts.submitted(1)
        #expect(parts.part == nil)
        parts.accepted(1, reference: "b")
        #expect(parts.outcome(throttleWait: Self.wait) == .sent(reference: "a,b,c", cost: nil))
    }

    @Test func whereNoneWasTakenTheMessageGoesBack() {
        var parts = begun(2)
        parts.refused(0, status: 0x58, kind: .throttled)
        parts.refused(1, status: 0x58, kind: .throttled)
        #expect(parts.part == nil)
        #expect(parts.outcome(throttleWait: Self.wait) == .throttled(after: Self.wait))
    }

    @Test func nothingFollowsARefusalForGood() {
        var parts = SMPPParts(count: 3)
        parts.submitted(0)
        parts.submitted(1)
        parts.accepted(0, reference: "a")
        parts.refused(1, status: 11, kind: .permanent)
        #expect(parts.part == nil)
        #expect(
            parts.outcome(throttleWait: Self.wait)
                == .permanent(reason: "invalid_recipient (smpp 11), 1 of 3 parts were taken"))
    }

    @Test func aDoubtOutweighsEverything() {
        var parts = begun(3)
        parts.unanswered(2, begun: true, reason: "time_out")
        parts.refused(1, status: 11, kind: .permanent)
        #expect(parts.outcome(throttleWait: Self.wait) == nil)
        parts.accepted(0, reference: "a")
        #expect(parts.outcome(throttleWait: Self.wait) == .inDoubt(reason: "time_out, 1 of 3 parts were taken"))
    }

    @Test func halfAMessageThatMayNotGoOnIsInDoubt() {
        var parts = SMPPParts(count: 2)
        parts.submitted(0)
        parts.stop(reason: ProviderReason.leaseOver)
        #expect(parts.part == nil && parts.outcome(throttleWait: Self.wait) == nil)
        var refused = parts
        parts.accepted(0, reference: "a")
        #expect(
            parts.outcome(throttleWait: Self.wait) == .inDoubt(reason: "the lease ran out, 1 of 2 parts were taken"))
        refused.refused(0, status: 0x58, kind: .throttled)
        #expect(refused.outcome(throttleWait: Self.wait) == .throttled(after: Self.wait))
    }

    @Test func referencesFillTheLedgersFieldAndNoMore() {
        let ids = (0..<20).map { "\($0)-" + String(repeating: "x", count: 36) }
        let joined = SMPPReference.joined(ids)
        #expect(joined.utf8.count <= 255 && joined.utf8.count > 200)
        #expect(SMPPReference.parts(joined).map(String.init) == Array(ids.prefix(SMPPReference.parts(joined).count)))
        #expect(SMPPReference.joined(["", "b", ""]) == "b")
        #expect(SMPPReference.joined([]) == "")
    }
}
