/// What stands between the parts of a message. Drawn anew for each, so that no text can hold it on purpose, and
/// begun by `=_`, which no encoded text can hold by chance.
struct Boundary {
    private let number = (UInt64.random(in: .min ... .max), UInt64.random(in: .min ... .max))

    func append(to output: inout RawBytes) {
        output.append("=_")
        appendDigits(number.0, to: &output)
        appendDigits(number.1, to: &output)
    }

    func appendLine(to output: inout RawBytes) {
        output.append("--")
        append(to: &output)
        output.appendLineEnd()
    }

    func appendEnd(to output: inout RawBytes) {
        output.append("--")
        append(to: &output)
        output.append("--\r\n")
    }

    private func appendDigits(_ number: UInt64, to output: inout RawBytes) {
        for shift in stride(from: UInt64(60), through: 0, by: -4) {
            output.append(upperHexDigit(UInt8(truncatingIfNeeded: number >> shift) & 15))
        }
    }
}
