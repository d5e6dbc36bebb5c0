/// Ids for requests and traces: unique, not secret. A system call for each would cost more than the rest of a small
/// request's head.
struct RandomBits {
    private var state: UInt64
    private let stream: UInt64

    init() {
        var system = SystemRandomNumberGenerator()
        state = system.next()
        stream = system.next() | 1
    }

    /// SplitMix64, each generator with a step of its own.
    mutating func next() -> UInt64 {
        state &+= stream
        var bits = state
        bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
        return bits ^ (bits >> 31)
    }

    /// 32 digits.
    mutating func name() -> String {
        let digits: StaticString = "0123456789abcdef"
        var high = next()
        var low = next()
        return String(unsafeUninitializedCapacity: 32) { text in
            for index in 0..<16 {
                text[15 - index] = digits.utf8Start[Int(high & 15)]
                text[31 - index] = digits.utf8Start[Int(low & 15)]
                high >>= 4
                low >>= 4
            }
            return 32
        }
    }
}
