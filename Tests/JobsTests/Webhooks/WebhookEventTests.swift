import Domain
import Senders
import Storage
import TestDatabase
import TestSupport
import Testing

@testable import Jobs

/// What there is to tell is written with what happened, and nothing else is.
@Suite(.database) struct WebhookEventTests {
    @Test func aCampaignTellsWhatBecameOfEachMessageAndOfItself() async throws {
        let bench = try await WebhookBench()
        let (_, secret) = try await bench.endpoint("/all")
        try await bench.worker.optOut(1)
        let campaign = try await bench.bench.sent(3, costing: 42_500) { call in
            call.index == 2 ? .permanent(reason: "invalid_recipient") : .sent(reference: "r\(call.index)", cost: nil)
        }
        try await bench.deliver()
        let events = try bench.receiver.events()
        let states = Dictionary(grouping: events, by: \.type).mapValues(\.count)
        #expect(
            states == [
                "message.sent": 1, "message.rejected": 1, "message.failed": 1, "campaign.finished": 1,
            ])
        let verified = try bench.receiver.verified("/all", secret)
        #expect(Set(verified.fine) == Set(events.map(\.id)) && verified.fine.count == 4 && verified.wrong == 0)
        let sent = try #require(events.first { $0.type == "message.sent" })
        #expect(sent.data["id"]?.stringValue == String(bench.bench.message(campaign, 0).rawValue))
        #expect(sent.data["status"] == "sent" && sent.data["channel"] == "sms" && sent.data["category"] == "marketing")
        #expect(sent.data["campaign_id"]?.stringValue == String(campaign))
        let end = try #require(events.first { $0.type == "campaign.finished" })
        #expect(end.data["recipients"] == 3 && end.data["messages"] == ["rejected": 1, "failed": 1, "sent": 1])
        for event in events {
            #expect(!event.body.contains("91000000") && !event.body.contains("Ann"), "\(event.body)")
        }
        #expect(try await bench.count("webhook_delivery") == 0)
    }

    @Test func whereNobodyListensNothingIsWritten() async throws {
        let bench = try await WebhookBench()
        let other = try await bench.worker.another("beta")
        let parties = PartyStore(database: bench.database, keys: bench.worker.keys)
        try await parties.addSource(tenant: bench.worker.tenant.id, name: "shop")
        let source = try #require(try await parties.sources(tenant: bench.worker.tenant.id).first)
        // Another tenant's, another source's, another event's.
        try await bench.endpoint("/beta", tenant: other.tenant.id)
        try await bench.endpoint("/shop", source: source.id)
        try await bench.endpoint("/complaints", "message.complained")
        let campaign = try await bench.bench.sent(2)
        await bench.bench.say(ReceiptStatus(message: bench.bench.message(campaign, 0), state: .delivered))
        try await bench.bench.apply()
        #expect(try await bench.bench.state(campaign, 0) == .delivered)
        #expect(try await bench.count("webhook_event") == 0)
        #expect(try await bench.count("webhook_delivery") == 0)
    }

    @Test func receiptsAreToldInTheOrderInWhichTheyChangedTheMessage() async throws {
        let bench = try await WebhookBench()
        try await bench.endpoint("/all", "message.*")
        let campaign = try await bench.bench.sent(2)
        for state in [ReceiptState.delivered, .complained] {
            await bench.bench.say(ReceiptStatus(message: bench.bench.message(campaign, 0), state: state))
            try await bench.bench.apply()
        }
        // What says nothing new is no news.
        await bench.bench.say(ReceiptStatus(message: bench.bench.message(campaign, 0), state: .sent))
        try await bench.bench.apply()
        try await bench.deliver()
        let id = String(bench.bench.message(campaign, 0).rawValue)
        let events = try bench.receiver.events().filter { $0.data["id"]?.stringValue == id }
        #expect(events.map(\.type) == ["message.sent", "message.delivered", "message.complained"])
        #expect(events.map { $0.data["previous_status"]?.stringValue } == [nil, "sent", "delivered"])
        #expect(try bench.receiver.events().count == 4)
    }

    @Test func aLateAnswerIsTold() async throws {
        let bench = try await WebhookBench()
        try await bench.endpoint("/all", "message.*")
        let campaign = try await bench.bench.sent(1) { _ in .inDoubt(reason: "no answer in time") }
        try await bench.execute(
            """
            INSERT INTO late_outcome (message, at, cost, search, reference_hash, campaign, slice, tenant, provider, attempt, segments,
                                      state, final, was, country, currency, reason, reference, recipient, channel)
            SELECT message, now(), 7000, search, 5, campaign, slice, tenant, provider, attempt, segments, 6, true, 0, country, 'SGD', '',
                   'late', recipient, channel FROM ledger WHERE campaign = \(campaign)
            """)
        #expect(try await WorkStore(database: bench.database).applyLate() == 1)
        try await bench.deliver()
        let events = try bench.receiver.events()
        #expect(events.map(\.type) == ["message.unknown", "message.sent"])
        #expect(events.last?.data["previous_status"] == "unknown")
        #expect(events.last?.data["cost"] == ["amount": "0.007000", "currency": "SGD"])
    }

    /// What a source said of its message comes back with each event; nobody else's source hears of it.
    @Test func anEventGoesToItsOwnSourceAndToWhoWantsAll() async throws {
        let bench = try await WebhookBench()
        let parties = PartyStore(database: bench.database, keys: bench.worker.keys)
        for name in ["shop", "bank"] { try await parties.addSource(tenant: bench.worker.tenant.id, name: name) }
        let sources = try await parties.sources(tenant: bench.worker.tenant.id)
        for source in sources { try await bench.endpoint("/\(source.name)", source: source.id) }
        try await bench.endpoint("/all")
        let shop = try #require(sources.first { $0.name == "shop" })
        let campaign = try await bench.worker.send(1)
        try await bench.execute("UPDATE campaign SET source = \(shop.id) WHERE id = \(campaign)")
        let message = bench.bench.message(campaign, 0).rawValue
        try await bench.execute(
            "INSERT INTO message_note (message, tenant, source, reference) VALUES (\(message), \(bench.worker.tenant.id), \(shop.id), 'order-7')"
        )
        let provider = ScriptedProvider("alpha") { _ in .sent(reference: "r", cost: nil) }
        try await bench.worker.with(try bench.worker.worker(provider)) { try await bench.worker.finish(campaign) }
        try await bench.deliver()
        #expect(try bench.receiver.events("/bank").isEmpty)
        // Those about the message and the one about the campaign have no order.
        for path in ["/shop", "/all"] {
            let events = try bench.receiver.events(path).sorted { $0.type > $1.type }
            #expect(events.map(\.type) == ["message.sent", "campaign.finished"])
            #expect(events.first?.data["reference"] == "order-7" && events.first?.data["source"] == "shop")
        }
        // The same event, told twice, has one name.
        let (shops, all) = (try bench.receiver.events("/shop"), try bench.receiver.events("/all"))
        #expect(Set(shops.map(\.id)) == Set(all.map(\.id)) && shops.count == 2)
    }
}
