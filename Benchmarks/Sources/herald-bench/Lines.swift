import Foundation

/// A file in memory and where its lines stand in it.
struct Lines {
    let bytes: [UInt8]
    private(set) var ranges: [Range<Int>] = []

    init(path: String) throws {
        bytes = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
        var start = 0
        for (index, byte) in bytes.enumerated() where byte == 0x0A {
            ranges.append(start..<index)
            start = index + 1
        }
    }
}
