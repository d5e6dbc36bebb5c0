import Domain
import Ingest
import Senders
import Storage

/// One window: whom it is sent to, through whom, and again until everybody has an answer or waits.
extension ShardJob {
    /// Sends a window's recipients and records what came of it; returns those who must wait.
    mutating func send(_ positions: Range<Int>, _ plan: WindowPlan) async throws -> [RetryShard] {
        if surroundings.now() >= expiresAt {
            end(positions, as: .expired, reason: "expired")
            return []
        }
        var waiting = WaitingMessages()
        var messages = try await prepare(Array(plan.places.prefix(positions.count)), plan, &waiting)
        while true {
            messages = await afford(await changed(messages, &waiting), &waiting)
            guard !messages.isEmpty else { break }
            let deliveries = deliveries(of: messages)
            messages = []
            for (delivery, outcomes) in await hand(over: deliveries) {
                messages += settle(delivery, outcomes, waiting: &waiting)
            }
        }
        return waiting.shards(now: surroundings.now())
    }

    /// Checks and renders; whoever is refused or can't be rendered is recorded and left out, and so is who must wait.
    private mutating func prepare(
        _ places: [WindowPlan.Place], _ plan: WindowPlan, _ waiting: inout WaitingMessages
    ) async throws -> [PreparedMessage] {
        let chosen = try await unheard(places.filter { !recipients.isSkipped($0.item.index) }, &waiting)
        let rest = items == nil ? (places.last?.item.index ?? shard.count - 1) + 1..<shard.count : 0..<0
        let channels = paths.hasAlternates ? chosen.map { channel(of: $0) } : []
        let refusals = try await refusals(of: chosen.map(\.item.index), channels, ahead: rest)
        recipients.clearRendered()
        var plan = plan
        var prepared: [PreparedMessage] = []
        prepared.reserveCapacity(chosen.count)
        for (number, place) in chosen.enumerated() {
            let channel = channels.isEmpty ? context.channel : channels[number]
            var message = PreparedMessage(item: place.item, path: place.path)
            if paths[place.path].isUnreachable {
                // Whom the file gives no address for any channel that leads somewhere.
                note(place.item, state: place.item.position.isDoubted ? .unknown : .failed, reason: "no_address")
                continue
            }
            if let refusal = refusals[number] {
                if let next = onward(from: message, on: channel, refusal) {
                    message.go(to: next)
                    prepared.append(message)
                } else {
                    note(
                        place.item, state: place.item.position.isDoubted ? .unknown : .rejected, reason: refusal,
                        on: channel)
                }
                continue
            }
            switch plan.admit(place) {
            case .wait(let time): waiting.add(waiter(place.item, on: place.path), after: time)
            case .go(let step):
                message.go(to: step)
                // One that a provider of another channel takes is checked and rendered for that one.
                let isSame = !paths.hasAlternates || paths[place.path].channel(at: step) ?? channel == channel
                if !isSame || render(&message, for: channel) { prepared.append(message) }
            }
        }
        return prepared
    }

    /// Leaves out those who were reached meanwhile by the channel before. At most once, only those go on of whom that
    /// channel told that it did not reach them: silence is no proof.
    private func unheard(
        _ places: [WindowPlan.Place], _ waiting: inout WaitingMessages
    ) async throws -> [WindowPlan.Place] {
        let silent = places.filter(\.item.isAfterSilence)
        guard !silent.isEmpty else { return places }
        let heard = try await surroundings.queue.heard(
            of: silent.map { MessageID(shard: shard.ids, index: $0.item.index) }, campaign: shard.campaign)
        return places.filter { place in
            guard place.item.isAfterSilence else { return true }
            let states = heard.states[MessageID(shard: shard.ids, index: place.item.index)] ?? []
            let mustBeTold = context.category.deliveryMode == .atMostOnce
            guard states.isDisjoint(with: [.delivered, .complained]),
                !mustBeTold || !states.isDisjoint(with: [.failed, .undelivered, .bounced]),
                place.item.position.step < paths[place.path].steps.count
            else { return false }
            if heard.isBehind, place.item.position.throttles < Self.patience {
                // What came in before this moment may say that the message was delivered.
                var item = place.item
                item.position.throttles += 1
                waiting.add(waiter(item, on: place.path), after: .seconds(1))
                return false
            }
            return true
        }
    }

    private func channel(of place: WindowPlan.Place) -> Channel {
        paths[place.path].channel(at: place.item.position.step) ?? context.channel
    }

    /// Who must not be sent to, and why. `channels` holds each one's; empty where all go by the campaign's.
    private func refusals(
        of indexes: [Int], _ channels: [Channel], ahead rest: Range<Int>
    ) async throws -> [String?] {
        var refusals = [String?](repeating: nil, count: indexes.count)
        let groups =
            channels.isEmpty ? [context.channel: Array(indexes.indices)] : indexes.indices.grouped { channels[$0] }
        for (channel, members) in groups {
            let own = channel == context.channel ? rest : 0..<0
            let found = try await context.policy.refusals(
                of: members.map { recipients.question(indexes[$0], on: channel) },
                ahead: { own.map { recipients.question($0, on: channel) } },
                addresses: recipients.body.bytes, channel: channel, category: context.category)
            for (member, refusal) in zip(members, found) { refusals[member] = refusal }
        }
        return refusals
    }

    /// The next channel for somebody who must not be sent to by this one: an address that is dead leads on, a person
    /// who said no is not chased. Where the cheapest goes first, it is the cheapest of those that are permitted.
    private func onward(from message: PreparedMessage, on channel: Channel, _ refusal: String) -> Int? {
        let path = paths[message.path]
        let isAsked =
            context.isCheapest || path.steps.first?.channel != channel || refusal == SuppressionReason.bounce.refusal
        guard isAsked else { return nil }
        return path.nextChannel(after: message.step)
    }

    /// False where it can't be rendered, which is recorded.
    private mutating func render(_ message: inout PreparedMessage, for channel: Channel) -> Bool {
        do throws(ContentError) {
            message.write(try recipients.render(message.item.index, with: context.content, for: channel), for: channel)
            return true
        } catch {
            note(
                message.item, state: message.item.position.isDoubted ? .unknown : .failed, reason: error.reason,
                on: channel, deadLetter: .poison)
            return false
        }
    }

    // MARK: Another channel

    /// Those that go by another channel than they were checked and rendered for are so now. Whom that one does not reach
    /// goes on to the next, and at the end of his way ends as the channel before left it.
    private mutating func changed(
        _ messages: [PreparedMessage], _ waiting: inout WaitingMessages
    ) async -> [PreparedMessage] {
        guard paths.hasAlternates else { return messages }
        var ready: [PreparedMessage] = []
        var open = messages
        while !open.isEmpty {
            let changing = open.filter { $0.channel != channel(of: $0) }
            ready += open.filter { $0.channel == channel(of: $0) }
            open = []
            guard !changing.isEmpty else { break }
            let channels = changing.map { channel(of: $0) }
            guard let refusals = try? await refusals(of: changing.map(\.item.index), channels, ahead: 0..<0) else {
                // Others have left already, so the window must end: these ask again in a moment.
                for message in changing { waiting.add(waiter(message.item, on: message.path), after: .seconds(1)) }
                break
            }
            for (var message, (channel, refusal)) in zip(changing, zip(channels, refusals)) {
                guard let refusal else {
                    if render(&message, for: channel) { ready.append(message) }
                    continue
                }
                if let next = onward(from: message, on: channel, refusal) {
                    message.go(to: next)
                    open.append(message)
                } else if let ending = message.ending {
                    recipients.withAddress(message.item.index, on: ending.row.channel) {
                        record.add(ending.row, address: $0, deadLetter: ending.deadLetter)
                    }
                } else {
                    note(
                        message.item, state: message.item.position.isDoubted ? .unknown : .rejected, reason: refusal,
                        on: channel)
                }
            }
        }
        return ready
    }

    private func channel(of message: PreparedMessage) -> Channel { step(of: message)?.channel ?? context.channel }

    // MARK: Handing over

    private mutating func deliveries(of messages: [PreparedMessage]) -> [Delivery] {
        var groups = DeliveryGroups()
        for message in messages where !groups.join(message) {
            guard let step = step(of: message) else {
                // Without a provider no window is opened; if one were, nobody may vanish from the books.
                note(message.item, state: message.item.position.isDoubted ? .unknown : .failed, reason: "no_route")
                continue
            }
            groups.add(message, to: step)
        }
        return groups.groups.map { group in
            var batch = recipients.batch(
                of: group.messages, step: group.step, senders: group.senders, category: context.category,
                expiresAt: expiresAt, ids: shard.ids)
            batch.trace = shard.trace
            return Delivery(messages: group.messages, batch: batch, step: group.step)
        }
    }

    /// Beyond the end of a way its last provider is asked.
    func step(of message: PreparedMessage) -> MessagePath.Step? {
        let path = paths[message.path]
        return path.step(min(message.step, path.steps.count - 1))
    }

    private mutating func hand(over deliveries: [Delivery]) async -> [(Delivery, [Outcome])] {
        let logs = deliveries.map {
            record.callLog(of: $0.batch.messages, provider: $0.provider.id, trace: shard.trace)
        }
        let waits = surroundings.metrics.wait(in: shard.lane)
        let witnesses = zip(deliveries, logs).map {
            // Who goes on to another provider has been asked for before.
            let isFirst = $0.messages.allSatisfy { $0.item.position.attempt == 1 }
            return WindowWitness(
                lease: surroundings.lease, gate: $0.provider.gate, expiresAt: expiresAt, now: surroundings.now, log: $1,
                meter: WindowMeter(
                    provider: $0.provider.meter, readySince: isFirst ? readySince : nil, waits: waits))
        }
        provider = deliveries.last?.provider.id
        let outcomes = await Delivery.hand(over: deliveries, witnesses: witnesses, slots: surroundings.slots)
        for log in logs { log.map { record.add($0) } }
        return Array(zip(deliveries, outcomes))
    }
}

extension Sequence {
    fileprivate func grouped<Key: Hashable>(_ key: (Element) -> Key) -> [Key: [Element]] {
        Dictionary(grouping: self, by: key)
    }
}
