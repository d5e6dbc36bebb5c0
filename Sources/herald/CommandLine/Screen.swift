import Domain
import Foundation

/// Where a command writes: results to standard output, what is on the way to standard error. Progress
/// moves on a terminal only; a pipe gets plain lines.
struct Screen: Sendable {
    let isJSON: Bool
    /// Whether somebody watches.
    let isTerminal: Bool

    init(isJSON: Bool) {
        self.isJSON = isJSON
        isTerminal = isatty(STDERR_FILENO) == 1 && !isJSON
    }

    /// A line of the result, for people. Nothing where JSON was asked for.
    func line(_ text: String = "") {
        if !isJSON { write(text.printable(keepingLines: true) + "\n", to: STDOUT_FILENO) }
    }

    /// The result for machines. Nothing where it was not asked for.
    func json(_ value: @autoclosure () -> JSON) {
        if isJSON { raw(value()) }
    }

    /// One JSON value and a line end, whatever was asked for.
    func raw(_ value: JSON) {
        var bytes: [UInt8] = []
        value.write(to: &bytes)
        bytes.append(0x0A)
        write(bytes)
    }

    /// Something on the way; never a result.
    func note(_ text: String) { write(text.printable(keepingLines: true) + "\n", to: STDERR_FILENO) }

    /// Replaces the progress line. Only a terminal sees it.
    func progress(_ text: String) {
        if isTerminal { write("\r\u{1B}[2K" + text.printable(), to: STDERR_FILENO) }
    }

    func endProgress() {
        if isTerminal { write("\r\u{1B}[2K", to: STDERR_FILENO) }
    }

    /// Columns in their widths; numbers to the right.
    func table(_ header: [String], _ rows: [[String]], rightAligned: Set<Int> = []) {
        guard !isJSON else { return }
        let rows = rows.map { $0.map { $0.printable() } }
        let widths = header.indices.map { column in ([header] + rows).map { $0[column].count }.max() ?? 0 }
        for row in [header] + rows {
            let cells = row.indices.map { column in
                let fill = String(repeating: " ", count: widths[column] - row[column].count)
                return rightAligned.contains(column) ? fill + row[column] : row[column] + fill
            }
            var text = cells.joined(separator: "  ")
            while text.hasSuffix(" ") { text.removeLast() }
            line(text)
        }
    }

    func write(_ bytes: [UInt8]) { Self.writeAll(bytes, to: STDOUT_FILENO) }

    private func write(_ text: String, to descriptor: Int32) { Self.writeAll(Array(text.utf8), to: descriptor) }

    private static func writeAll(_ bytes: [UInt8], to descriptor: Int32) {
        bytes.withUnsafeBytes { buffer in
            var rest = buffer[...]
            while !rest.isEmpty {
                let written = Foundation.write(
                    descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                if written < 0 {
                    if errno == EINTR || errno == EAGAIN { continue }
                    // Nobody reads any more (`herald … | head`): there is no one to tell.
                    exit(errno == EPIPE ? 0 : ExitCode.failed.rawValue)
                }
                rest = rest.dropFirst(written)
            }
        }
    }
}

/// `1 archive`, `2 archives`.
func plural(_ count: some BinaryInteger, _ thing: String) -> String {
    "\(grouped(count)) \(thing)\(count == 1 ? "" : "s")"
}

/// `1234567` as `1,234,567`.
func grouped(_ value: some BinaryInteger) -> String {
    let digits = String(value.magnitude)
    var out = ""
    for (index, digit) in digits.enumerated() {
        if index > 0, (digits.count - index) % 3 == 0 { out.append(",") }
        out.append(digit)
    }
    return (value < 0 ? "-" : "") + out
}

/// Millionths as an amount: at least two decimals, no trailing zeros beyond them.
func amount(_ micros: Int64, _ currency: String) -> String {
    let magnitude = micros.magnitude
    var decimals = pad(Int(magnitude % 1_000_000), 6)
    while decimals.count > 2, decimals.hasSuffix("0") { decimals.removeLast() }
    let text = "\(micros < 0 ? "-" : "")\(grouped(magnitude / 1_000_000)).\(decimals)"
    return currency.isEmpty ? text : "\(text) \(currency)"
}
