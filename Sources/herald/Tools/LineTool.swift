import Domain
import Glibc
import Ingest

/// Runs a tool over the lines of standard input: one JSON value out for each line in, in order. Output leaves in
/// large pieces, and at the latest before the tool waits for more input, so that somebody who types sees answers.
struct LineTool {
    private static let flushSize = 256 << 10

    let screen: Screen

    /// `judge` appends the value for a line (without a line end) and says whether all was well with it. Its number
    /// counts from 1.
    func run(_ judge: (Span<UInt8>, Int, inout [UInt8]) -> Bool) throws -> ExitCode {
        let source = DescriptorSource(descriptor: STDIN_FILENO, owns: false, cancellation: CancellationFlag())
        var lines = LineReader(source)
        var output: [UInt8] = []
        output.reserveCapacity(Self.flushSize + 4096)
        var number = 0
        var faults = 0
        while true {
            if output.count >= Self.flushSize || !lines.hasLine { flush(&output) }
            let range: Range<Int>?
            do throws(IngestError) { range = try lines.next() } catch { throw ImportSource.failure("-", error) }
            guard let range else { break }
            number += 1
            if !judge(lines.bytes.span.extracting(range), number, &output) { faults += 1 }
            output.append(0x0A)
        }
        flush(&output)
        return faults == 0 ? .done : .doneWithRejects
    }

    private func flush(_ output: inout [UInt8]) {
        guard !output.isEmpty else { return }
        screen.write(output)
        output.removeAll(keepingCapacity: true)
    }
}
