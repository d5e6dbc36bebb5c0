import Domain

/// Reads an upload and cuts it into batches, on a thread of its own: reads may block. Workers pull, so nothing
/// is read ahead of them.
actor BatchReader {
    private nonisolated let executor = ThreadExecutor(name: "herald-read")
    private let options: UploadOptions
    private let cancellation: CancellationFlag
    private var scanner: (any RecordScanner)?
    /// Read to see whether the file has a header, and not one: goes out as the first batch.
    private var held: RecordBatch?
    private var names: [String] = []
    private var delivered = 0

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    init(_ options: UploadOptions, _ cancellation: CancellationFlag) {
        self.options = options
        self.cancellation = cancellation
    }

    struct Opened: Sendable {
        var format: FileFormat
        var columns: ColumnMap
        var total: Int?
    }

    struct Delivery: Sendable {
        var batch: RecordBatch
        /// The names of all columns that the file has up to here.
        var names: [String]
    }

    /// Finds out what the file is and which columns it has.
    func open(_ input: UploadInput) throws(IngestError) -> Opened {
        let text = try TextInput(try input.open(cancellation), expandedLimit: options.expandedLimit)
        var scanner = try text.scanner(options)
        let header = try scanner.header(options)
        held = header.firstBatch
        names = header.columns.names
        self.scanner = scanner
        return Opened(format: scanner.format, columns: header.columns, total: text.total)
    }

    /// The next batch, in `batch`'s memory; nil at the end of the file.
    func next(_ batch: consuming RecordBatch) throws(IngestError) -> Delivery? {
        if cancellation.isSet { throw .cancelled }
        if var first = held {
            held = nil
            delivered += 1
            first.consumed = scanner?.consumed ?? 0
            return Delivery(batch: first, names: names)
        }
        guard try scanner?.nextBatch(into: &batch) == true else {
            if delivered == 0 { throw .headerOnly }
            return nil
        }
        if let grown = scanner?.growingNames, grown.count > names.count { names = grown }
        batch.number = delivered
        batch.consumed = scanner?.consumed ?? 0
        delivered += 1
        return Delivery(batch: batch, names: names)
    }

    /// What the file turned out to be and which columns it had, now that it has been read.
    func end() -> (format: FileFormat?, names: [String]) { (scanner?.format, names) }
}
