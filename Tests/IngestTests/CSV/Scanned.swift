import Testing

@testable import Ingest

/// A whole file's records, for comparison.
struct Scanned: Equatable {
    var records: [[String]] = []
    var lines: [Int] = []
    var faults: [RecordFault] = []

    init(
        _ bytes: [UInt8], delimiter: UInt8? = nil, rules: CSVScanner.Rules = .recovering, piece: Int = .max,
        limits: ScanLimits = ScanLimits()
    ) throws {
        var limits = limits
        if piece < limits.piece {
            limits.piece = piece
            // The scanner must meet the cuts, not the sample.
            if delimiter != nil { limits.sample = 1 }
        }
        let input: TextInput
        do { input = try TextInput(MemorySource(bytes, piece: piece)) } catch .empty { return }
        var scanner = try CSVScanner(input, delimiter: delimiter, rules: rules, limits: limits)
        var batch = RecordBatch()
        while try scanner.next(into: &batch) {
            for record in 0..<batch.count {
                records.append(batch.strings(of: record))
                lines.append(batch.lines[record])
                faults.append(batch.faults[record])
            }
        }
    }

    init(
        _ text: String, delimiter: UInt8? = nil, rules: CSVScanner.Rules = .recovering, piece: Int = .max,
        limits: ScanLimits = ScanLimits()
    ) throws {
        try self.init(Array(text.utf8), delimiter: delimiter, rules: rules, piece: piece, limits: limits)
    }
}
