import Domain
import Glibc
import Ingest

/// A file that a command reads: a path, or `-` for standard input.
enum ImportSource {
    static func open(_ path: String) throws -> any ByteSource {
        if path == "-" {
            return DescriptorSource(descriptor: STDIN_FILENO, owns: false, cancellation: CancellationFlag())
        }
        return try named(path) { () throws(IngestError) in
            try DescriptorSource(path: path, cancellation: CancellationFlag())
        }
    }

    /// The whole file, for what is small by nature: a template, a provider's settings.
    static func bytes(_ path: String, limit: Int = 16 << 20) throws -> [UInt8] {
        let source = try open(path)
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = try named(path) { () throws(IngestError) in
                try piece.withUnsafeMutableBytes { buffer in
                    Result { () throws(IngestError) in try source.read(into: buffer) }
                }.get()
            }
            if count == 0 { return bytes }
            bytes.append(contentsOf: piece[..<count])
            guard bytes.count <= limit else { throw CommandError.failed("\(path) is larger than \(limit >> 20) MB.") }
        }
    }

    static func text(_ path: String) throws -> String {
        let bytes = try bytes(path)
        // A byte order mark is no part of the text.
        let rest = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
        guard UTF8Check.isValid(rest.span, in: 0..<rest.count) else {
            throw CommandError.failed("\(path) is not text in UTF-8. Save it as UTF-8 and try again.")
        }
        return String(decoding: rest, as: UTF8.self)
    }

    /// Puts the file's name in front of what is wrong with it.
    static func named<T>(_ path: String, _ body: () throws(IngestError) -> T) throws -> T {
        do {
            return try body()
        } catch {
            throw failure(path, error)
        }
    }

    static func failure(_ path: String, _ error: IngestError) -> CommandError {
        let text =
            switch error {
            // What is imported need not be recipients.
            case .empty: "the file is empty: it needs a line for each thing to be imported"
            case .headerOnly: "the file has a header and nothing else: add a line for each thing to be imported"
            default: error.description
            }
        return .failed("\(path == "-" ? "Standard input" : path): \(text).")
    }
}
