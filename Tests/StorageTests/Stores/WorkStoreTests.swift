import Domain
import Storage
import TestDatabase
import Testing

@Suite(.database) struct WorkStoreTests {
    @Test func aShardGoesFromClaimToDone() async throws {
        let fixture = try await Fixture()
        let campaign = try await fixture.campaign(shards: [700])
        let worker = try await fixture.worker()
        let shard = try #require(try await fixture.work.claim(worker: worker, lane: .bulk, limit: 5).first)
        #expect(shard.campaign == campaign && shard.count == 700 && shard.closed == 0 && shard.opened == 0)
        #expect(try await fixture.work.claim(worker: worker, lane: .bulk, limit: 5).isEmpty)

        var step = WindowStep(shard: shard.id, token: shard.token, from: 0, closed: 0, open: 500, horizon: 0)
        let grant = try await fixture.work.step(step)
        #expect(grant.opened == 500 && grant.campaignState == .running && grant.horizon > 0)

        let slice = try await fixture.ledger.currentSlice()
        let key = try await fixture.parties.key(of: fixture.tenant.id)
        let now = Timestamp(micros: 1_700_000_000_000_000)
        var rows = CopyRows()
        var delta = RollupDelta(
            key: .init(
                bucket: RollupDelta.bucket(of: now), campaign: campaign, channel: .sms, provider: 0, state: .sent,
                country: Region("SG") ?? .none, currency: "SGD"))
        var called = RollupDelta(key: delta.key)
        called.key.channel = .voice
        let cipher = key.ledgerCipher(slice: slice)
        let address = Array("+6591234567".utf8)
        for index in 0..<700 {
            var row = LedgerRow(
                message: MessageID(shard: shard.ids, index: index), at: now,
                hash: key.recipients.recipient(.phone, address.span), campaign: campaign, tenant: fixture.tenant.id,
                channel: .sms, attempt: 1, segments: 1, state: .sent, country: Region("SG") ?? .none)
            row.cost = 50_000
            row.currency = "SGD"
            row.reference = "r\(index)"
            row.channel = index < 600 ? .sms : .voice
            row.append(to: &rows, slice: slice, address: address.span, sealedWith: cipher)
            if row.channel == .sms { delta.count(row) } else { called.count(row) }
        }
        step.closed = 700
        step.open = 700
        step.slice = slice
        step.rows = rows
        step.deltas = [delta, called]
        _ = try await fixture.work.step(step)

        #expect(try await fixture.work.advanceCampaigns())
        #expect(try await fixture.campaigns.campaign(campaign)?.state == .finished)
        #expect(try await fixture.campaigns.progress(campaign)[.sent] == 700)
        #expect(try await fixture.ledger.verify().isSound)
        #expect(try await fixture.ledger.compactRollups() == 2)
        let proof = try await fixture.ledger.verify()
        #expect(proof.isSound && proof.messages == 700 && proof.cost == ["SGD": 35_000_000])
        let trace = try await fixture.ledger.trace(MessageID(shard: shard.ids, index: 9))
        #expect(trace.map(\.recipient) == ["+6591234567"] && trace.map(\.reference) == ["r9"])
        // The campaign is for SMS: the rows say what each message went by.
        #expect(trace.map(\.channel) == [.sms])
        #expect(try await fixture.ledger.trace(MessageID(shard: shard.ids, index: 650)).map(\.channel) == [.voice])
        let usage = try await UsageStore(database: fixture.database).usage(
            from: now - .seconds(900), to: now + .seconds(900))
        #expect(usage.map(\.channel) == [.sms, .voice] && usage.map(\.messages) == [600, 100])
        let found = try await fixture.ledger.find(
            tenant: fixture.tenant.id, key: key, kind: .phone, address: "+6591234567", limit: 10)
        #expect(found.count == 10)
    }

    @Test func aStaleTokenStoresNothing() async throws {
        let fixture = try await Fixture()
        let campaign = try await fixture.campaign(shards: [10])
        let first = try await fixture.worker()
        let shard = try #require(try await fixture.work.claim(worker: first, lane: .bulk, limit: 1).first)
        _ = try await fixture.work.step(
            WindowStep(shard: shard.id, token: shard.token, from: 0, closed: 0, open: 10, horizon: 0))
        #expect(try await fixture.workers.rescue(worker: first) == 1)
        let second = try await fixture.worker()
        let again = try #require(try await fixture.work.claim(worker: second, lane: .bulk, limit: 1).first)
        #expect(again.id == shard.id && again.token == shard.token + 1 && again.closed == 0 && again.opened == 10)

        let delta = RollupDelta(
            key: .init(
                bucket: Timestamp(micros: 0), campaign: campaign, channel: .sms, provider: 0, state: .sent,
                country: .none,
                currency: ""))
        await #expect(throws: StorageError.fenced) {
            _ = try await fixture.work.step(
                WindowStep(
                    shard: shard.id, token: shard.token, from: 0, closed: 10, open: 10, horizon: 0, deltas: [delta]))
        }
        #expect(try await fixture.campaigns.progress(campaign).byState.isEmpty)
    }

    @Test func aPausedCampaignOpensNoWindowAndGivesItsShardBack() async throws {
        let fixture = try await Fixture()
        let campaign = try await fixture.campaign(shards: [10])
        let worker = try await fixture.worker()
        let shard = try #require(try await fixture.work.claim(worker: worker, lane: .bulk, limit: 1).first)
        #expect(try await fixture.campaigns.pause(campaign))
        let grant = try await fixture.work.step(
            WindowStep(shard: shard.id, token: shard.token, from: 0, closed: 0, open: 10, horizon: 0))
        #expect(grant.opened == 0 && grant.campaignState == .paused)
        #expect(try await fixture.work.claim(worker: worker, lane: .bulk, limit: 1).isEmpty)
        #expect(try await fixture.campaigns.resume(campaign))
        #expect(try await fixture.work.claim(worker: worker, lane: .bulk, limit: 1).count == 1)
    }

    @Test func urgentCampaignsAreTakenFirstAndRetriesBeforeNewRecipients() async throws {
        let fixture = try await Fixture()
        let low = try await fixture.campaign(shards: [5, 5])
        let high = try await fixture.campaign(shards: [5], category: .otp, priority: .critical)
        let worker = try await fixture.worker()
        let first = try #require(try await fixture.work.claim(worker: worker, lane: .bulk, limit: 1).first)
        #expect(first.campaign == high)
        let second = try #require(try await fixture.work.claim(worker: worker, lane: .bulk, limit: 1).first)
        #expect(second.campaign == low)
        let retry = RetryShard(due: Timestamp(micros: 0), items: [1, 2], count: 1)
        _ = try await fixture.work.step(
            WindowStep(shard: second.id, token: second.token, from: 0, closed: 5, open: 5, horizon: 0, retries: [retry])
        )
        let third = try #require(try await fixture.work.claim(worker: worker, lane: .bulk, limit: 1).first)
        #expect(third.id < 0 && third.body == second.id && third.ids == second.id && third.items == [1, 2])
    }

    @Test func aDeadWorkerGetsNothing() async throws {
        let fixture = try await Fixture()
        _ = try await fixture.campaign(shards: [5])
        let worker = try await fixture.worker()
        _ = try await fixture.workers.rescue(worker: worker)
        #expect(try await fixture.work.claim(worker: worker, lane: .bulk, limit: 1).isEmpty)
        #expect(try await fixture.work.claim(worker: try await fixture.worker(), lane: .bulk, limit: 1).count == 1)
    }

    @Test func aCampaignEndsWithItsLastShard() async throws {
        let fixture = try await Fixture()
        let campaign = try await fixture.campaign(shards: [5, 5])
        let worker = try await fixture.worker()
        var ends: [Bool] = []
        for shard in try await fixture.work.claim(worker: worker, lane: .bulk, limit: 2) {
            _ = try await fixture.work.step(
                WindowStep(shard: shard.id, token: shard.token, from: 0, closed: 5, open: 5, horizon: 0))
            ends.append(try await fixture.work.endIfDone(campaign: campaign))
        }
        #expect(ends == [false, true])
        #expect(try await fixture.campaigns.campaign(campaign)?.state == .finished)
    }

    @Test func theSameRecipientsAreRefusedWithinADay() async throws {
        let fixture = try await Fixture()
        let first = try await fixture.campaign(shards: [5], again: false)
        let error = await #expect(throws: UploadWriter.AlreadySent.self) {
            _ = try await fixture.campaign(shards: [5], again: false)
        }
        #expect(error?.campaign == first)
        _ = try await fixture.campaign(shards: [5], fingerprint: 2, again: false)
        _ = try await fixture.campaign(shards: [5], again: true)
    }

    @Test func aScheduleStartsWhenDueAndIsHeldWhenFarOverdue() async throws {
        let fixture = try await Fixture()
        let campaign = try await fixture.campaign(shards: [5], dueAt: Timestamp(micros: 4_000_000_000_000_000))
        _ = try await fixture.work.advanceCampaigns()
        #expect(try await fixture.campaigns.campaign(campaign)?.state == .scheduled)
        try await fixture.database.run {
            try $0.execute("UPDATE campaign SET due_at = now() - interval '2 hours'")
        }
        #expect(try await fixture.work.advanceCampaigns())
        let held = try #require(try await fixture.campaigns.campaign(campaign))
        #expect(held.state == .held && held.note.contains("resume \(campaign)"))
        #expect(try await fixture.campaigns.resume(campaign))
        #expect(try await fixture.campaigns.campaign(campaign)?.state == .running)
    }
}

/// Streams: campaigns of one day that a source's single messages belong to.
@Suite(.database) struct StreamTests {
    private func stream(_ fixture: Fixture, shards: [Int]) async throws -> Int64 {
        let id = try await fixture.campaign(shards: shards)
        try await fixture.database.run {
            try $0.execute("UPDATE campaign SET stream = true, day = (created_at AT TIME ZONE 'UTC')::date")
        }
        return id
    }

    private func finishAll(_ fixture: Fixture) async throws {
        let worker = try await fixture.worker()
        for shard in try await fixture.work.claim(worker: worker, lane: .bulk, limit: 9) {
            _ = try await fixture.work.step(
                WindowStep(
                    shard: shard.id, token: shard.token, from: 0, closed: shard.count, open: shard.count, horizon: 0))
        }
    }

    private func passDay(_ fixture: Fixture) async throws {
        try await fixture.database.run { try $0.execute("UPDATE campaign SET look_at = look_at - interval '25 hours'") }
    }

    @Test func aStreamEndsWhenItsDayIsOverAndNothingIsLeft() async throws {
        let fixture = try await Fixture()
        let id = try await stream(fixture, shards: [5])
        #expect(try await fixture.work.endStreams() == 0)
        try await passDay(fixture)
        // Something is unfinished: it is looked at again in an hour.
        #expect(try await fixture.work.endStreams() == 0)
        try await finishAll(fixture)
        #expect(try await fixture.work.endStreams() == 0)
        try await passDay(fixture)
        #expect(try await fixture.work.endStreams() == 1)
        let ended = try #require(try await fixture.campaigns.campaign(id))
        #expect(ended.state == .finished)
        #expect(try await fixture.work.endStreams() == 0)
    }

    @Test func aStreamThatHasNothingToDoWaitsForMore() async throws {
        let fixture = try await Fixture()
        let id = try await stream(fixture, shards: [5])
        try await finishAll(fixture)
        #expect(try await !fixture.work.advanceCampaigns())
        #expect(try await !fixture.work.endIfDone(campaign: id))
        #expect(try await fixture.campaigns.campaign(id)?.state == .running)
    }

    @Test func aCancelledStreamEndsAtOnce() async throws {
        let fixture = try await Fixture()
        let id = try await stream(fixture, shards: [5])
        #expect(try await fixture.campaigns.cancel(id))
        #expect(try await !fixture.work.advanceCampaigns())
        try await finishAll(fixture)
        #expect(try await fixture.work.advanceCampaigns())
        #expect(try await fixture.campaigns.campaign(id)?.state == .cancelled)
    }

    /// An hour after the end of the day in UTC.
    @Test func aStreamIsFirstLookedAtAfterItsDay() async throws {
        let fixture = try await Fixture()
        _ = try await stream(fixture, shards: [5])
        let isRight = try await fixture.database.run { session in
            try session.query(
                """
                SELECT look_at = ((created_at AT TIME ZONE 'UTC')::date + interval '25 hours') AT TIME ZONE 'UTC' AS is_right
                  FROM campaign
                """)[0].bool("is_right")
        }
        #expect(isRight)
    }
}

/// What a worker learnt that had lost its shard.
@Suite(.database) struct LateOutcomeTests {
    @Test(arguments: [true, false]) func aLateAnswerSettlesTheDoubt(wasFinal: Bool) async throws {
        let fixture = try await Fixture()
        let campaign = try await fixture.campaign(shards: [1])
        let worker = try await fixture.worker()
        let shard = try #require(try await fixture.work.claim(worker: worker, lane: .bulk, limit: 1).first)
        _ = try await fixture.work.step(
            WindowStep(shard: shard.id, token: shard.token, from: 0, closed: 0, open: 1, horizon: 0))
        _ = try await fixture.workers.rescue(worker: worker)

        // The old holder's answer comes first, and finds no doubt yet.
        let late = try await fixture.step(shard, state: .sent, final: true, cost: 50_000)
        try await fixture.work.keepLate(late)
        #expect(try await fixture.work.applyLate() == 0)

        let again = try #require(
            try await fixture.work.claim(worker: try await fixture.worker(), lane: .bulk, limit: 1).first)
        var step = try await fixture.step(again, state: .unknown, final: wasFinal, cost: 0)
        if !wasFinal {
            // Sent once more, and this time seen.
            try await fixture.append(to: &step, shard: again, attempt: 2, state: .sent, final: true, cost: 50_000)
        }
        _ = try await fixture.work.step(step)
        #expect(try await fixture.work.applyLate() == 1)
        #expect(try await fixture.work.applyLate() == 0)

        let progress = try await fixture.campaigns.progress(campaign)
        #expect(progress[.sent] == 1 && progress[.unknown] == 0)
        #expect(progress.cost["SGD"] == (wasFinal ? 50_000 : 100_000))
        let proof = try await fixture.ledger.verify()
        #expect(proof.isSound && proof.messages == 1, "\(proof)")
        #expect(try await fixture.ledger.messages(campaign: campaign, states: [.sent]).count == 1)
        #expect(try await fixture.ledger.messages(campaign: campaign, states: [.unknown]).isEmpty)
    }

    /// A provider that honours idempotency keys answers the second try with the first one's reference: it is one
    /// message, and costs once, whichever of the two is heard of first.
    @Test func oneReferenceIsOneMessage() async throws {
        let fixture = try await Fixture()
        let campaign = try await fixture.campaign(shards: [1], category: .transactional)
        let worker = try await fixture.worker()
        let shard = try #require(try await fixture.work.claim(worker: worker, lane: .bulk, limit: 1).first)
        _ = try await fixture.work.step(
            WindowStep(shard: shard.id, token: shard.token, from: 0, closed: 0, open: 1, horizon: 0))
        _ = try await fixture.workers.rescue(worker: worker)
        try await fixture.work.keepLate(
            try await fixture.step(shard, state: .sent, final: true, cost: 50_000, reference: "r1"))

        let next = try await fixture.worker()
        let again = try #require(try await fixture.work.claim(worker: next, lane: .bulk, limit: 1).first)
        var doubt = try await fixture.step(again, state: .unknown, final: false, cost: 0)
        doubt.retries = [RetryShard(due: Timestamp(micros: 0), items: [0, 0, 0, 1, 0, 2], count: 1)]
        _ = try await fixture.work.step(doubt)
        // What the second try brings is not known yet.
        #expect(try await fixture.work.applyLate() == 0)
        let retry = try #require(try await fixture.work.claim(worker: next, lane: .bulk, limit: 1).first)
        _ = try await fixture.work.step(
            try await fixture.step(retry, attempt: 2, state: .sent, final: true, cost: 50_000, reference: "r1"))

        #expect(try await fixture.work.applyLate() == 0)
        #expect(try await fixture.campaigns.progress(campaign).cost["SGD"] == 50_000)
        #expect(try await fixture.ledger.verify().isSound)
    }
}

extension Fixture {
    /// A step that ends a shard of one recipient in a state.
    func step(
        _ shard: ClaimedShard, attempt: Int16 = 1, state: MessageState, final: Bool, cost: Int64, reference: String = ""
    ) async throws -> WindowStep {
        var step = WindowStep(
            shard: shard.id, token: shard.token, from: 0, closed: 1, open: 1, horizon: 0,
            slice: try await ledger.currentSlice())
        try await append(
            to: &step, shard: shard, attempt: attempt, state: state, final: final, cost: cost, reference: reference)
        return step
    }

    func append(
        to step: inout WindowStep, shard: ClaimedShard, attempt: Int16, state: MessageState, final: Bool, cost: Int64,
        reference: String = ""
    ) async throws {
        let key = try await parties.key(of: tenant.id)
        let slice = try #require(step.slice)
        let address = Array("+6591234567".utf8)
        var row = LedgerRow(
            message: MessageID(shard: shard.ids, index: 0), at: Timestamp.now,
            hash: key.recipients.recipient(.phone, address.span), campaign: shard.campaign, tenant: tenant.id,
            channel: .sms, attempt: attempt, segments: 1, state: state, country: Region("SG") ?? .none)
        row.final = final
        row.reference = reference
        row.cost = cost
        row.currency = cost > 0 ? "SGD" : ""
        row.append(to: &step.rows, slice: slice, address: address.span, sealedWith: key.ledgerCipher(slice: slice))
        var delta = RollupDelta(
            key: .init(
                bucket: RollupDelta.bucket(of: row.at), campaign: shard.campaign, channel: .sms,
                provider: 0, state: state, country: row.country, currency: row.currency))
        delta.messages = final ? 1 : 0
        delta.attempts = 1
        delta.segments = 1
        delta.cost = cost
        step.deltas.append(delta)
    }
}

extension RollupDelta {
    fileprivate mutating func count(_ row: LedgerRow) {
        messages += 1
        attempts += 1
        segments += Int64(row.segments)
        cost += row.cost
    }
}
