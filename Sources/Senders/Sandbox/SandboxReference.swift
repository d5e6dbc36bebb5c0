/// The sandbox's references: `sb` and thirteen digits of base 32. Fifteen bytes, which a String holds
/// in itself: a longer one would cost an allocation for each message.
package enum SandboxReference {
    private static let digits: StaticString = "0123456789abcdefghijklmnopqrstuv"

    package static func text(_ number: UInt64) -> String {
        String(unsafeUninitializedCapacity: 15) { buffer in
            write(number, into: buffer)
            return 15
        }
    }

    package static func append(_ number: UInt64, to bytes: inout [UInt8]) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 15) { buffer in
            write(number, into: buffer)
            bytes.append(contentsOf: buffer)
        }
    }

    private static func write(_ number: UInt64, into buffer: UnsafeMutableBufferPointer<UInt8>) {
        buffer[0] = 0x73
        buffer[1] = 0x62
        for place in 0..<13 {
            buffer[2 + place] = digits.utf8Start[Int(number >> UInt64(60 - 5 * place) & 31)]
        }
    }
}
