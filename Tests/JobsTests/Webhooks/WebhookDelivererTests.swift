import Domain
import Senders
import Storage
import TestDatabase
import TestSupport
import Testing

@testable import Jobs

/// How events get to whom they are for.
@Suite(.database) struct WebhookDelivererTests {
    @Test func oneThatDoesNotAnswerHoldsUpNobodyAndHasFewPlaces() async throws {
        let bench = try await WebhookBench()
        try bench.receiver.answer("/dead", "hang")
        try await bench.endpoint("/dead", "message.sent")
        try await bench.endpoint("/alive", "message.sent")
        _ = try await bench.bench.sent(60)
        try await bench.with(try bench.deliverer { $0.each = 3 }) {
            try await eventually { try bench.receiver.events("/alive").count == 60 }
            try await eventually { try bench.receiver.events("/dead").count == 3 }
        }
        #expect(try bench.receiver.events("/dead").count == 3)
        #expect(try bench.receiver.events("/alive").allSatisfy { $0.beside <= 3 })
        #expect(try await bench.count("webhook_delivery") >= 60)
        try bench.receiver.answer("/dead", "200")
    }

    /// What waited when a backup was taken, the lost Herald may have told after it.
    @Test func whatARestoreBroughtBackIsToldOnceItIsConfirmed() async throws {
        let bench = try await WebhookBench()
        try await bench.endpoint("/hooks", "message.sent")
        _ = try await bench.bench.sent(3)
        try await bench.database.run { try $0.execute("SELECT hold_restored(now())") }
        let restores = RestoreStore(database: bench.database)
        #expect(try await restores.webhooks() == 3)
        let restoration = try #require(try await restores.pending())
        try await bench.with(try bench.deliverer()) {
            // What happens from now on is told.
            _ = try await bench.bench.sent(2)
            try await eventually { try bench.receiver.events().count == 2 }
        }
        #expect(try await restores.webhooks() == 3)
        _ = try await restores.confirm(RestoreDecision(workedUntil: restoration.backupAt), by: bench.audit)
        #expect(try await restores.pending() == nil)
        try await bench.with(try bench.deliverer()) {
            try await eventually { try bench.receiver.events().count == 5 }
        }
        #expect(try await restores.webhooks() == 0)
    }

    /// Who was off at the time, or wanted less, was not told, whatever he wants by now.
    @Test func whatWasToldStaysKnownWithItsAnswer() async throws {
        let bench = try await WebhookBench()
        let (id, _) = try await bench.endpoint("/hooks", "message.sent")
        let (off, _) = try await bench.endpoint("/off", "message.sent")
        try await bench.execute("UPDATE webhook_endpoint SET state = 'disabled', disabled_at = now() WHERE id = \(off)")
        let (other, _) = try await bench.endpoint("/other", "campaign.*")
        try bench.receiver.answer("/hooks", "503")
        let message = bench.bench.message(try await bench.bench.sent(1), 0)
        try await bench.deliver()
        let waiting = try await bench.store.events(of: message)
        #expect(waiting.count == 1 && waiting[0].standing == .waiting && waiting[0].status == 503)
        #expect(waiting[0].attempts == 1 && waiting[0].triedAt != nil && waiting[0].host.hasSuffix("/…"))
        try bench.receiver.answer("/hooks", "204")
        try await bench.makeDue()
        try await bench.deliver()
        try await bench.execute(
            """
            UPDATE webhook_endpoint SET state = 'active', disabled_at = NULL WHERE id = \(off);
            UPDATE webhook_endpoint SET events = (SELECT events FROM webhook_endpoint WHERE id = \(id)) WHERE id = \(other)
            """)
        let told = try await bench.store.events(of: message)
        #expect(told.map(\.endpoint) == [id] && told[0].standing == .told, "\(told)")
        #expect(told.first?.attempts == 2 && told.first?.status == 204 && told.first?.dueAt == nil)
        // That stays so when nobody listens there any more.
        _ = try await bench.store.remove(id, audit: bench.audit)
        let kept = try await bench.store.events(of: message)
        #expect(kept.map(\.standing) == [.told] && kept.first?.url == "" && kept.first?.host == "")
    }

    @Test func whatAProcessHadAsItDiedIsToldByAnotherUnderTheSameName() async throws {
        let bench = try await WebhookBench()
        try await bench.endpoint("/hooks", "message.sent")
        try bench.receiver.answer("/hooks", "hang")
        _ = try await bench.bench.sent(5)
        #expect(try await bench.load("webhooks_age") > 0)
        // Its process ends before it learns what became of its calls.
        try await bench.with(try bench.deliverer()) {
            try await eventually { try bench.receiver.events().count == 5 }
        }
        let first = Set(try bench.receiver.events().map(\.id))
        try bench.receiver.answer("/hooks", "200")
        #expect(try await bench.count("webhook_delivery WHERE due_at > now()") == 5)
        try await bench.makeDue()
        try await bench.deliver()
        let second = Set(try bench.receiver.events().map(\.id))
        #expect(first.count == 5 && second == first)
        #expect(try await bench.load("webhooks_age") == 0)
        #expect(try bench.receiver.events().count == 10)
        #expect(try await bench.count("webhook_delivery") == 0)
    }

    @Test func severalProcessesShareTheWorkAndTellEachEventOnce() async throws {
        let bench = try await WebhookBench()
        let (id, _) = try await bench.endpoint("/hooks", "message.sent")
        _ = try await bench.bench.sent(300)
        let deliverers = try (0..<3).map { _ in try bench.deliverer() }
        try await bench.with(deliverers[0], deliverers[1], deliverers[2]) {
            try await eventually { try await bench.count("webhook_delivery") == 0 }
        }
        let ids = try bench.receiver.events().map(\.id)
        #expect(ids.count == 300 && Set(ids).count == 300)
        #expect(try await bench.found(id).delivered == 300)
    }

    @Test func whatFollowsIsNotToldBeforeWhatWentBefore() async throws {
        let bench = try await WebhookBench()
        let (id, _) = try await bench.endpoint("/hooks", "message.*")
        try bench.receiver.answer("/hooks", "500")
        let campaign = try await bench.bench.sent(1)
        await bench.bench.say(ReceiptStatus(message: bench.bench.message(campaign, 0), state: .delivered))
        try await bench.bench.apply()
        try await bench.deliver()
        // The second waits although it is due and was never tried.
        #expect(try bench.receiver.events().map(\.type) == ["message.sent"])
        #expect(try await bench.load("webhooks_failing") == 1)
        let failing = try await bench.found(id)
        #expect(failing.standing == "failing" && failing.note.contains("500") && failing.waiting == 2)
        try await bench.makeDue()
        try await bench.deliver()
        #expect(try bench.receiver.events().map(\.type) == ["message.sent", "message.sent"])
        try bench.receiver.answer("/hooks", "204")
        try await bench.makeDue()
        try await bench.deliver()
        #expect(try await bench.count("webhook_delivery") == 0)
        let types = try bench.receiver.events().map(\.type)
        #expect(types == ["message.sent", "message.sent", "message.sent", "message.delivered"])
        let well = try await bench.found(id)
        #expect(well.standing == "active" && well.note.isEmpty && well.failingSince == nil && well.delivered == 2)
    }

    @Test func whoSaysThatHeIsGoneIsDisabledAtOnce() async throws {
        let bench = try await WebhookBench()
        let (id, _) = try await bench.endpoint("/gone", "message.sent")
        try bench.receiver.answer("/gone", "410")
        _ = try await bench.bench.sent(1)
        try await bench.deliver()
        let disabled = try await bench.found(id)
        #expect(disabled.state == .disabled && disabled.note.contains("410") && disabled.disabledAt != nil)
        let entries = try await AuditStore(database: bench.database).entries().filter { $0.action == "webhook.disable" }
        #expect(entries.map(\.tenant) == [bench.worker.tenant.id] && entries.first?.subject == String(id))
        #expect(bench.disabled == [id])
        // Nothing is sent there any more.
        try await bench.makeDue()
        try await bench.endpoint("/other", "message.sent")
        _ = try await bench.bench.sent(1)
        try await bench.with(try bench.deliverer()) {
            try await eventually { try bench.receiver.events("/other").count == 1 }
        }
        #expect(try bench.receiver.events("/gone").count == 1)
    }

    @Test func whereNothingArrivedForDaysNothingMoreIsSentUntilSomebodyBeginsAnew() async throws {
        let bench = try await WebhookBench()
        let (id, _) = try await bench.endpoint("/hooks", "message.sent")
        try bench.receiver.answer("/hooks", "503")
        _ = try await bench.bench.sent(1)
        try await bench.deliver()
        #expect(try await bench.found(id).state == .active)
        try await bench.execute("UPDATE webhook_endpoint SET failing_since = now() - interval '73 hours'")
        try await bench.makeDue()
        try await bench.with(try bench.deliverer()) {
            try await eventually { try await bench.found(id).state == .disabled }
        }
        let note = try await bench.found(id).note
        #expect(note.contains("Nothing arrived there since") && note.contains("503"))
        // What happens meanwhile is kept for a replay, and not queued.
        let missed = Timestamp.now
        _ = try await bench.bench.sent(2)
        #expect(try await bench.found(id).waiting == 1)
        try bench.receiver.answer("/hooks", "200")
        #expect(try await bench.store.enable(id, audit: bench.audit))
        let from = missed - .seconds(3600)
        let again = try await bench.store.replay(
            .stored(from: from, until: .now + .seconds(3600)), to: try await bench.found(id), audit: bench.audit)
        #expect(again == 3)
        try await bench.deliver()
        #expect(try await bench.count("webhook_delivery") == 0)
        #expect(Set(try bench.receiver.events().map(\.id)).count == 3)
        #expect(try await bench.found(id).standing == "active")
    }

    @Test func afterADayAnEventIsGivenUpAndCanBeToldAgain() async throws {
        let bench = try await WebhookBench()
        let (id, _) = try await bench.endpoint("/hooks", "message.sent")
        try bench.receiver.answer("/hooks", "500")
        _ = try await bench.bench.sent(1)
        try await bench.execute("UPDATE webhook_delivery SET queued_at = now() - interval '25 hours'")
        try await bench.deliver()
        let first = try #require(try bench.receiver.events().first)
        #expect(try await bench.found(id).givenUp == 1)
        try bench.receiver.answer("/hooks", "200")
        let event = try #require(WebhookDelivery.event(named: first.id))
        #expect(try await bench.store.replay(.event(event), to: try await bench.found(id), audit: bench.audit) == 1)
        try await bench.deliver()
        #expect(try bench.receiver.events().map(\.id) == [first.id, first.id])
        #expect(try await bench.found(id).givenUp == 0)
        #expect(try await bench.count("webhook_delivery") == 0)
        #expect(try await bench.store.replay(.givenUp, to: try await bench.found(id), audit: bench.audit) == 0)
    }

    @Test func whileASecretChangesBothSign() async throws {
        let bench = try await WebhookBench()
        let (id, former) = try await bench.endpoint("/hooks", "message.sent")
        let fresh = EndpointSecret.make()
        _ = try await bench.store.rotate(
            id, sealedSecret: WebhookSecrets.seal(fresh, with: bench.worker.keys), overlap: .seconds(3600),
            audit: bench.audit)
        _ = try await bench.bench.sent(1)
        try await bench.deliver()
        for secret in [former, fresh.text] { #expect(try bench.receiver.verified("/hooks", secret).fine.count == 1) }
        #expect(try bench.receiver.verified("/hooks", EndpointSecret.make().text).fine.isEmpty)
        try await bench.execute("UPDATE webhook_endpoint SET former_until = now() - interval '1 second'")
        _ = try await bench.bench.sent(1)
        try await bench.deliver()
        #expect(try bench.receiver.verified("/hooks", former).fine.count == 1)
        #expect(try bench.receiver.verified("/hooks", fresh.text).fine.count == 2)
        #expect(
            try await bench.count("webhook_endpoint WHERE position(convert_to('whsec', 'UTF8') in secret) > 0") == 0)
    }

    @Test func aReplayTellsNobodyElse() async throws {
        let bench = try await WebhookBench()
        let other = try await bench.worker.another("beta")
        _ = try await bench.endpoint("/acme", "message.sent")
        let (beta, _) = try await bench.endpoint("/beta", "message.sent", tenant: other.tenant.id)
        _ = try await bench.bench.sent(2)
        try await bench.deliver()
        let id = try #require(try bench.receiver.events("/acme").first?.id)
        let theirs = try await bench.found(beta)
        let event = try #require(WebhookDelivery.event(named: id))
        #expect(try await bench.store.replay(.event(event), to: theirs, audit: bench.audit) == 0)
        let all = WebhookReplay.stored(from: .now - .seconds(86_400), until: .now + .seconds(86_400))
        #expect(try await bench.store.replay(all, to: theirs, audit: bench.audit) == 0)
        try await bench.deliver()
        #expect(try bench.receiver.events("/beta").isEmpty)
    }

    @Test func whatWaitsForNobodyIsForgotten() async throws {
        let bench = try await WebhookBench()
        let (id, _) = try await bench.endpoint("/hooks", "message.sent")
        _ = try await bench.bench.sent(2)
        #expect(try await bench.store.remove(id, audit: bench.audit))
        #expect(try await bench.count("webhook_delivery") == 0)
        #expect(try await bench.store.remove(id, audit: bench.audit) == false)
        // One that was being written as the endpoint went.
        let day = try await DayPartStore(database: bench.database).current(.webhooks).day
        try await bench.execute(
            "INSERT INTO webhook_delivery VALUES (\(id), 1, 1, \(day), \(bench.worker.tenant.id), now(), now())")
        try await bench.queue.prune()
        #expect(try await bench.count("webhook_delivery") == 0)
    }

    /// Of messages whose first event failed and comes back in hours, the next ones may be many.
    @Test func aCrowdThatWaitsForEarlierEventsHidesNobody() async throws {
        let bench = try await WebhookBench()
        try await bench.endpoint("/hooks", "message.sent")
        _ = try await bench.bench.sent(401)
        try await bench.execute(
            """
            UPDATE webhook_delivery SET due_at = now() + interval '2 hours', attempts = 5 WHERE subject & 2047 < 400;
            INSERT INTO webhook_delivery SELECT endpoint, subject, event + 1000000, day, tenant, now() - interval '1 hour', now()
              FROM webhook_delivery WHERE subject & 2047 < 400;
            """)
        let room = WebhookQueue.Room(total: 8, each: 8, failing: 8)
        let claimed = try await bench.queue.claim(room, busy: [:], lease: .seconds(60))
        #expect(claimed.map { $0.subject & 2047 } == [400])
        // They come back with those that they follow, and not before.
        #expect(
            try await bench.count("webhook_delivery WHERE attempts = 0 AND due_at > now() + interval '1 hour'") == 400)
    }

    @Test func waitsGrowAndEndWithTheDay() {
        var random = SystemRandomNumberGenerator()
        #expect((1...5).map { WebhookBackoff.bound(after: $0) } == [5, 10, 20, 40, 80].map { .seconds($0) })
        #expect(WebhookBackoff.bound(after: 1000) == .seconds(4 * 3600))
        for attempt in [1, 4, 9, 40] {
            let waits = (0..<200).compactMap { _ in
                WebhookBackoff.wait(after: attempt, age: .zero, using: &random)
            }
            #expect(
                waits.count == 200 && waits.allSatisfy { $0 >= .zero && $0 <= WebhookBackoff.bound(after: attempt) })
            // Full jitter: spread over all of the bound.
            #expect(Set(waits).count > 150)
            #expect((waits.min() ?? .zero) < WebhookBackoff.bound(after: attempt) / 4)
        }
        #expect(WebhookBackoff.wait(after: 1, age: .zero, asked: .seconds(600), using: &random) == .seconds(600))
        #expect(
            WebhookBackoff.wait(after: 30, age: .seconds(86_399), asked: .seconds(9), using: &random).map {
                $0 <= .seconds(1)
            } == true)
        #expect(WebhookBackoff.wait(after: 30, age: .seconds(86_400), using: &random) == nil)
    }
}
