import Testing

@testable import Domain

struct CheapestChannelTests {
    private func offer(
        _ channel: Channel, _ micros: Int64?, _ currency: String = "SGD", segments: Int = 1, reachable: Bool = true
    ) throws -> CheapestChannel.Offer {
        let currency = try #require(Currency(currency))
        return CheapestChannel.Offer(
            channel: channel, isReachable: reachable,
            rate: micros.map { PriceTable.Rate(micros: $0, currency: currency) }, segments: segments)
    }

    @Test func segmentsCount() throws {
        #expect(CheapestChannel.pick([try offer(.sms, 30, segments: 3), try offer(.whatsapp, 80)]) == .whatsapp)
        #expect(CheapestChannel.pick([try offer(.sms, 30, segments: 2), try offer(.whatsapp, 80)]) == .sms)
    }

    @Test func whoCannotBeReachedThereIsNotReachedThere() throws {
        #expect(CheapestChannel.pick([try offer(.push, 0, reachable: false), try offer(.sms, 30)]) == .sms)
        #expect(CheapestChannel.pick([try offer(.push, 0, reachable: false)]) == nil)
        #expect(CheapestChannel.pick([]) == nil)
    }

    @Test func aKnownPriceGoesBeforeAnUnknownOneAndFreeBeforeAll() throws {
        let offers = [try offer(.email, nil), try offer(.sms, 30), try offer(.push, 0)]
        #expect(CheapestChannel.pick(offers) == .push)
        #expect(CheapestChannel.pick(Array(offers.prefix(2))) == .sms)
        #expect(CheapestChannel.pick(Array(offers.prefix(1))) == .email)
    }

    @Test func equalsAndOtherCurrenciesKeepTheOrderGiven() throws {
        #expect(CheapestChannel.pick([try offer(.sms, 30), try offer(.email, 30)]) == .sms)
        #expect(CheapestChannel.pick([try offer(.sms, 30), try offer(.email, 1, "EUR")]) == .sms)
    }

    @Test func aSumThatIsTooLargeIsNotCheap() throws {
        #expect(CheapestChannel.pick([try offer(.sms, .max, segments: 3), try offer(.voice, .max - 1)]) == .voice)
    }
}
