import Domain
import Ingest
import Jobs
import Senders
import Storage
import Synchronization

/// `herald provider test`: one real message through one provider, from this process and past every rule, so that
/// what an account says is seen before traffic depends on it.
enum ProviderTestCommand {
    static let commands: [Command] = [
        Command(
            "provider test", "send one real message through a provider now and show its answer; the provider bills it",
            operands: "NAME",
            options: [
                .value("to", "ADDRESS", "where the message goes: a number, an email address, a token"),
                .value("channel", "CHANNEL", "where the provider has several; default: email for an @, else sms"),
                .value("text", "TEXT", "what it says"),
                .value("subject", "TEXT", "the subject of an email, the title of a push message"),
                .value("from", "SENDER", "instead of the sender in the provider's settings"),
            ],
            example: "herald provider test telco --to +6591234567 --text \"Hello from Herald\"", run: run)
    ]

    private static func run(_ arguments: Arguments, _ screen: Screen) async throws -> ExitCode {
        let installation = try await Installation.open(arguments)
        let account = try await installation.provider(arguments.operands[0])
        let batch = try await batch(arguments, for: account, installation)
        let loops = try SenderLoops()
        defer { loops.stop() }
        // Receipts may come over this connection too, also such as belong to other messages: none may be lost.
        let intake = CallbackIntake(database: installation.database, keys: installation.keys)
        let provider: any Provider
        do {
            provider = try ProviderCatalogue.make(
                kind: account.kind, name: account.name, settings: account.settings,
                runtime: SenderRuntime(loops: loops, sink: intake))
        } catch {
            throw CommandError.failed(
                "\(CommandFailure(error).text) `herald provider set \(account.name)` changes it.")
        }
        let witness = CallNote()
        let started = ContinuousClock.now
        let outcomes = await provider.send(batch, witness: witness)
        let result = TestResult(
            provider: account.name, outcome: outcomes.first ?? .inDoubt(reason: "the provider said nothing about it"),
            call: witness.call, duration: witness.call?.duration ?? started.duration(to: .now))
        result.show(on: screen)
        return result.outcome.kind == .sent ? .done : .failed
    }

    private static func batch(
        _ arguments: Arguments, for account: ProviderAccount, _ installation: Installation
    ) async throws -> MessageBatch {
        let to = try arguments.required("to")
        guard !to.trimmingBlanks.isEmpty else { throw CommandError.usage("--to is empty.") }
        let channel = try channel(arguments, to: to, kind: account.kind)
        let home = try await installation.parties.tenants().first { $0.id == account.tenant }?.region
        let address = try AddressInput(to, channel: channel, region: home ?? .none)
        var batch = MessageBatch(channel: channel, category: .transactional, from: arguments.text("from") ?? "")
        guard batch.from.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            throw CommandError.usage("--from is one line without control characters.")
        }
        let hasSubject = channel == .email || channel == .push
        guard hasSubject || arguments.text("subject") == nil else {
            throw CommandError.usage("--subject is for email and push; \(channel.rawValue) has none.")
        }
        func put(_ text: String) -> FieldRange {
            let start = batch.bytes.count
            batch.bytes += Array(text.utf8)
            return FieldRange(start: start, count: batch.bytes.count - start)
        }
        let text = arguments.text("text") ?? "This is a test message from Herald."
        let isPhone = address.kind == .phone
        let bytes = Array(text.utf8)
        let message = MessageBatch.Message(
            id: number(), attempt: 1,
            region: isPhone ? PhoneTable.check(address.normal, defaultRegion: .none).number?.region ?? .none : .none,
            segments: channel == .sms ? Int32(clamping: SegmentCount(of: bytes.span).segments) : 1,
            to: put(address.normal), subject: hasSubject ? put(arguments.text("subject") ?? "Test message") : .empty,
            text: put(text), rich: .empty)
        batch.messages = [message]
        return batch
    }

    private static func channel(_ arguments: Arguments, to: String, kind: String) throws -> Channel {
        guard let channels = ProviderCatalogue.channels(of: kind) else { throw unknownKind(kind) }
        let usual: Channel = to.contains("@") ? .email : .sms
        let channel =
            try arguments.word("channel", of: Channel.self)
            ?? (channels.contains(usual) ? usual : channels.first ?? usual)
        guard channels.contains(channel) else {
            let words = channels.map(\.rawValue).joined(separator: ", ")
            throw CommandError.usage("A provider of the kind \(kind) serves \(words), not \(channel.rawValue).")
        }
        return channel
    }

    private static func unknownKind(_ kind: String) -> CommandError {
        .failed("This Herald has no kind “\(kind)”. `herald provider kinds` lists what there is.")
    }

    /// Different for each test, or the provider would take the second one for a repetition; beyond the numbers of
    /// any campaign, so that a receipt of the test is nobody else's.
    private static func number() -> MessageID { MessageID(rawValue: 1 << 62 | Timestamp.now.micros) }
}

/// Lets the call happen and remembers it.
private final class CallNote: CallWitness {
    private let last = Mutex<ProviderCall?>(nil)
    var call: ProviderCall? { last.withLock { $0 } }

    func leave() -> CallLeave { .granted }
    func began() {}
    func ended(_ call: ProviderCall) { last.withLock { $0 = call } }
}

/// What came of a test, for people and machines.
private struct TestResult {
    let provider: String
    let outcome: Outcome
    let call: ProviderCall?
    let duration: Duration

    private var excerpt: String { String(decoding: call?.reply ?? [], as: UTF8.self) }

    private var reference: String? {
        guard case .sent(let reference, _) = outcome else { return nil }
        return reference
    }

    private var cost: Money? {
        guard case .sent(_, let cost) = outcome else { return nil }
        return cost
    }

    private var wait: Duration? {
        guard case .throttled(let after) = outcome else { return nil }
        return after
    }

    func show(on screen: Screen) {
        screen.line("outcome    \(outcome.kind.word)\(outcome.reason.isEmpty ? "" : ": \(outcome.reason)")")
        if let reference { screen.line("reference  \(reference)") }
        if let cost { screen.line("cost       \(amount(cost.micros, cost.currency.code))") }
        if let wait { screen.line("wait       \(wait.wholeMilliseconds) ms, says the provider") }
        screen.line("took       \(duration.wholeMilliseconds) ms")
        if let call, call.status != 0 { screen.line("status     \(call.status)") }
        if !excerpt.isEmpty { screen.line("reply      \(excerpt)") }
        screen.line("A test of \(provider): it stands in no ledger and no report.")
        screen.json([
            "provider": .string(provider), "outcome": .string(outcome.kind.word), "reason": .string(outcome.reason),
            "reference": reference.map { .string($0) } ?? .null,
            "cost": cost.map { .string(PriceText.decimal($0.micros)) } ?? .null,
            "currency": cost.map { .string($0.currency.code) } ?? .null,
            "wait_ms": wait.map { .int($0.wholeMilliseconds) } ?? .null,
            "duration_ms": .int(duration.wholeMilliseconds), "status": call.map { .int(Int64($0.status)) } ?? .null,
            "reply": .string(excerpt),
        ])
    }
}
