import Domain

/// Decides what the sandbox does with a message: magic recipients first, then the error rates, drawn
/// from the message's id and attempt so that a run can be repeated. Used by the provider in the process
/// and by the sandbox server, so that both behave alike.
package struct SandboxBehaviour: Sendable {
    package let settings: SandboxSettings
    /// The error rates as rising limits on a 53-bit draw.
    private let limits: (temporary: UInt64, permanent: UInt64, throttle: UInt64, inDoubt: UInt64)

    package init(_ settings: SandboxSettings = SandboxSettings()) {
        self.settings = settings
        func limit(_ rate: Double) -> UInt64 { UInt64(min(max(rate, 0), 1) * 0x1p53) }
        let temporary = limit(settings.temporaryRate)
        let permanent = temporary + limit(settings.permanentRate)
        let throttle = permanent + limit(settings.throttleRate)
        limits = (temporary, permanent, throttle, throttle + limit(settings.inDoubtRate))
    }

    package func verdict(to address: Span<UInt8>, id: MessageID, attempt: Int) -> SandboxVerdict {
        if settings.magic, let magic = MagicRecipient.verdict(for: address) { return magic.resolved(attempt: attempt) }
        if settings.isSmooth { return .accepted }
        let draw = Self.draw(id, attempt, settings.seed) >> 11
        if draw < limits.temporary { return .temporary }
        if draw < limits.permanent { return .permanent }
        if draw < limits.throttle { return .throttled }
        if draw < limits.inDoubt { return .inDoubt }
        return .accepted
    }

    /// The latency of one call, jitter included.
    package func latency(id: MessageID, attempt: Int) -> Duration {
        guard settings.jitter > .zero else { return settings.latency }
        let share = Double(Self.draw(id, attempt, ~settings.seed) >> 11) / 0x1p53
        return settings.latency + settings.jitter * share
    }

    package func price(segments: Int) -> Money? {
        settings.pricePerSegment.map { price in
            Money(micros: price.micros * Int64(max(segments, 1)), currency: price.currency)
        }
    }

    /// SplitMix64's finisher: every bit of the result depends on every bit of the inputs.
    private static func draw(_ id: MessageID, _ attempt: Int, _ seed: UInt64) -> UInt64 {
        var mixed = UInt64(bitPattern: id.rawValue) &+ UInt64(truncatingIfNeeded: attempt) &* 0xD1B5_4A32_D192_ED03
        mixed = (mixed ^ seed) &+ 0x9E37_79B9_7F4A_7C15
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
