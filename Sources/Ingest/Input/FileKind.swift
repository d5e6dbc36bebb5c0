/// A kind of file that is not text, told by its first bytes, and what its owner can do about it.
package enum FileKind: String, Sendable, Hashable, CaseIterable {
    case excelWorkbook
    case oldExcelWorkbook
    case zipArchive
    case pdf
    case zstd
    case bzip2
    case xz
    case sevenZip
    case rar
    case sqlite
    case parquet
    case image
    case program
    case binary

    package var advice: String {
        switch self {
        case .excelWorkbook, .oldExcelWorkbook:
            "this is an Excel workbook: open it and save it as \"CSV UTF-8\", then upload that file"
        case .zipArchive: "this is a zip archive: unpack it and upload the CSV file inside"
        case .pdf: "this is a PDF document: upload the table it was made from, as a CSV file"
        case .zstd, .bzip2, .xz, .sevenZip, .rar:
            "this file is compressed (\(rawValue)): unpack it first, or compress it with gzip"
        case .sqlite: "this is an SQLite database: export the table as a CSV file"
        case .parquet: "this is a Parquet file: export it as a CSV file"
        case .image: "this is a picture: upload a CSV file"
        case .program: "this is a program: upload a CSV file"
        case .binary: "this is not a text file: upload a CSV file or one JSON object per line"
        }
    }

    private static let signatures: [(FileKind, [UInt8])] = [
        (.pdf, Array("%PDF-".utf8)),
        (.oldExcelWorkbook, [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]),
        (.zstd, [0x28, 0xB5, 0x2F, 0xFD]),
        (.bzip2, Array("BZh".utf8) + [0x31, 0x41, 0x59, 0x26]),
        (.bzip2, Array("BZh9".utf8)),
        (.xz, [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00]),
        (.sevenZip, [0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C]),
        (.rar, Array("Rar!".utf8) + [0x1A, 0x07]),
        (.sqlite, Array("SQLite format 3".utf8) + [0x00]),
        (.parquet, Array("PAR1".utf8)),
        (.image, [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]),
        (.image, [0xFF, 0xD8, 0xFF]),
        (.image, Array("GIF8".utf8)),
        (.program, [0x7F, 0x45, 0x4C, 0x46]),
    ]

    /// The kind that the first bytes of a file betray, or nil where they may be text.
    package static func signature(of head: ArraySlice<UInt8>) -> FileKind? {
        if head.starts(with: [0x50, 0x4B, 0x03, 0x04]) || head.starts(with: [0x50, 0x4B, 0x05, 0x06]) {
            // A workbook is a zip archive whose entries live under `xl/`; their names are not compressed.
            return contains(head.prefix(8192), Array("xl/".utf8))
                || contains(head.prefix(8192), Array("[Content_Types].xml".utf8))
                ? .excelWorkbook : .zipArchive
        }
        return signatures.first { head.starts(with: $0.1) }?.0
    }

    private static func contains(_ bytes: ArraySlice<UInt8>, _ word: [UInt8]) -> Bool {
        bytes.indices.contains { bytes[$0...].starts(with: word) }
    }
}
