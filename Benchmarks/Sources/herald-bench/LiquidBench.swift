import Domain

/// A message with three fields, rendered row by row; and the least that has to be done for it: the same
/// pieces of text copied one after the other.
enum LiquidBench {
    private static let rows = 2_000
    private static let passes = 250
    private static let pieces = ["Dear ", ", your plan ", " was topped up. Your balance is ", " SGD. Thank you!"]

    static func run() throws -> String {
        let (bytes, fields) = data()
        let template = try Template(
            "Dear {{ name }}, your plan {{ plan }} was topped up. Your balance is {{ balance }} SGD. Thank you!")
        let bound = try template.bind(columns: ["name", "plan", "balance"], settings: RenderSettings(now: 0))
        var rendered: [UInt8] = []
        let text = bytes.span
        let all = fields.span
        let rate = try Rate.median(of: rows * passes) {
            for _ in 0..<passes {
                rendered.removeAll(keepingCapacity: true)
                for row in 0..<rows {
                    try bound.render(bytes: text, fields: all.extracting(row * 3..<row * 3 + 3), into: &rendered)
                }
            }
        }
        var copied = [UInt8](repeating: 0, count: rendered.count)
        let limit = Rate.median(of: rows * passes) {
            for _ in 0..<passes { copy(bytes, fields, into: &copied) }
        }
        guard copied == rendered else { throw Mismatch() }
        return "{\"rows\":\(rows * passes),\"per_second\":\(Int(rate)),\"copied_per_second\":\(Int(limit))}"
    }

    private struct Mismatch: Error {}

    private static func data() -> (bytes: [UInt8], fields: [FieldRange]) {
        var bytes: [UInt8] = []
        var fields: [FieldRange] = []
        for row in 0..<rows {
            for cell in [
                "Person \(row * 7919 % 100_000)", "Family \(row % 90 + 10) GB", "\(row % 200).\(row % 90 + 10)",
            ] {
                fields.append(FieldRange(start: bytes.count, count: cell.utf8.count))
                bytes += cell.utf8
            }
        }
        return (bytes, fields)
    }

    /// `memcpy` of each piece to where it belongs: no bound is checked and nothing grows.
    private static func copy(_ bytes: [UInt8], _ fields: [FieldRange], into output: inout [UInt8]) {
        let literals = pieces.map { Array($0.utf8) }
        bytes.withUnsafeBytes { source in
            output.withUnsafeMutableBytes { target in
                guard let from = source.baseAddress, var to = target.baseAddress else { return }
                func put(_ piece: UnsafeRawPointer, _ count: Int) {
                    to.copyMemory(from: piece, byteCount: count)
                    to += count
                }
                for row in 0..<rows {
                    for column in 0..<3 {
                        literals[column].withUnsafeBytes { if let base = $0.baseAddress { put(base, $0.count) } }
                        let field = fields[row * 3 + column]
                        put(from + Int(field.start), field.count)
                    }
                    literals[3].withUnsafeBytes { if let base = $0.baseAddress { put(base, $0.count) } }
                }
            }
        }
    }
}
