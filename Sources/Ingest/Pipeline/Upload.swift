import Domain

/// Takes a file in: bytes -> rows -> checked recipients -> shards, and rejects.
///
/// ```
/// reader thread: read, unpack, convert, cut -> worker tasks: check, hash, build, seal -> in order: dedupe, sink
/// ```
/// Workers pull batches of about 2,000 rows and run on the caller's task executor; each batch becomes one
/// shard. At most a few shards wait for the sink at a time, so memory doesn't depend on the file. An upload that
/// throws has handed shards to the sink that the sink must forget.
package struct Upload: Sendable {
    package let options: UploadOptions

    package init(_ options: UploadOptions) {
        self.options = options
    }

    package func run(
        _ input: UploadInput, sink: any ShardSink,
        progress: @escaping @Sendable (UploadProgress) -> Void = { _ in }
    ) async throws(IngestError) -> UploadSummary {
        let cancellation = CancellationFlag()
        do {
            return try await withTaskCancellationHandler {
                try await flow(input, sink, progress, cancellation)
            } onCancel: {
                cancellation.set()
            }
        } catch let error as IngestError {
            throw Task.isCancelled ? .cancelled : error
        } catch {
            throw Task.isCancelled ? .cancelled : .storeFailed(reason: "\(error)")
        }
    }

    private func flow(
        _ input: UploadInput, _ sink: any ShardSink, _ progress: @escaping @Sendable (UploadProgress) -> Void,
        _ cancellation: CancellationFlag
    ) async throws -> UploadSummary {
        let reader = BatchReader(options, cancellation)
        let opened = try await reader.open(input)
        let address = AddressCheck(kind: options.addressKind, defaultRegion: options.defaultRegion)
        let dedupe = dedupe(opened.columns)
        let further = options.further.compactMap { field in
            opened.columns.place(of: .further(field)).map {
                RowCheck.Further(
                    field: field, place: $0,
                    check: AddressCheck(kind: field.kind, defaultRegion: options.defaultRegion),
                    countries: options.furtherCountries[field])
            }
        }
        let plan = RowCheck.Plan(
            map: opened.columns, address: address, further: further, dedupe: dedupe, hashing: options.hashing,
            sealing: options.sealing, required: options.required, countries: options.countries)
        if dedupe == .externalID, opened.columns.place(of: .externalID) == nil {
            throw IngestError.noColumn(role: ColumnRole.externalID.rawValue, headers: opened.columns.names)
        }
        let queue = OrderedQueue<CheckedBatch>(window: options.workers + 2, producers: options.workers)
        return try await withThrowingTaskGroup(of: UploadSummary?.self) { group in
            for _ in 0..<options.workers {
                group.addTask {
                    try await failing(queue) { try await work(reader, plan, queue) }
                    return nil
                }
            }
            group.addTask {
                try await failing(queue) {
                    var summary = UploadSummary(format: opened.format, columns: opened.columns)
                    try await store(queue, sink, dedupe, further.map(\.field), &summary) { rows, rejected, consumed in
                        progress(
                            UploadProgress(
                                rows: rows, rejected: rejected, bytesRead: consumed, bytesTotal: opened.total))
                    }
                    return summary
                }
            }
            var summary = UploadSummary(format: opened.format, columns: opened.columns)
            for try await result in group {
                if let result { summary = result }
            }
            try await finish(&summary, reader)
            return summary
        }
    }

    private func dedupe(_ columns: ColumnMap) -> DedupeKey {
        options.prefersExternalID && columns.place(of: .externalID) != nil ? .externalID : options.dedupe
    }

    /// Whoever fails ends the others.
    private func failing<Result>(
        _ queue: OrderedQueue<CheckedBatch>, _ body: () async throws -> Result
    ) async throws -> Result {
        do { return try await body() } catch {
            await queue.fail(error)
            throw error
        }
    }

    private func work(
        _ reader: BatchReader, _ plan: RowCheck.Plan, _ queue: OrderedQueue<CheckedBatch>
    ) async throws {
        var check = try RowCheck(plan)
        var batch = RecordBatch()
        while let delivery = try await reader.next(batch) {
            batch = delivery.batch
            try await queue.put(check.run(batch, names: delivery.names), number: batch.number)
        }
        await queue.producerIsDone()
    }

    private func store(
        _ queue: OrderedQueue<CheckedBatch>, _ sink: any ShardSink, _ dedupe: DedupeKey,
        _ further: [AddressField], _ summary: inout UploadSummary,
        _ progress: (_ rows: Int, _ rejected: Int, _ consumed: Int) -> Void
    ) async throws {
        var addresses = DedupeSet(folder: options.temporaryFolder, memoryLimit: options.rowsInMemory)
        var keys = DedupeSet(folder: options.temporaryFolder, memoryLimit: options.rowsInMemory)
        var rejected = 0
        while let batch = try await queue.take() {
            try Task.checkCancellation()
            let number = batch.shard.number
            for (index, hash) in batch.addresses.enumerated() {
                try addresses.add(hash, ordinal: DuplicateMarks.ordinal(shard: number, index: index))
            }
            for (index, hash) in batch.keys.enumerated() {
                try keys.add(hash, ordinal: DuplicateMarks.ordinal(shard: number, index: index))
            }
            summary.rows += batch.rows
            summary.accepted += batch.shard.count
            summary.rejected.merge(batch.rejected) { $0 + $1 }
            summary.repaired.merge(batch.repaired) { $0 + $1 }
            summary.regions.formUnion(batch.regions[0])
            for (field, found) in zip(further, batch.regions.dropFirst()) {
                summary.furtherRegions[field, default: []].formUnion(found)
            }
            summary.shards += 1
            rejected += batch.shard.rejected
            try await sink.store(batch.shard)
            progress(summary.rows, rejected, batch.consumed)
        }
        var marks = DuplicateMarks()
        let isByAddress = dedupe == .address
        let found = try addresses.resolve { if isByAddress { marks.mark($0) } }
        summary.distinctAddresses = found.distinct
        summary.fingerprint = found.sum
        if dedupe == .row || dedupe == .externalID { _ = try keys.resolve { marks.mark($0) } }
        summary.duplicates = marks
        summary.accepted -= marks.count
    }

    /// What is known only after the last row: the encoding, and columns of NDJSON that came up late.
    private func finish(_ summary: inout UploadSummary, _ reader: BatchReader) async throws {
        let end = await reader.end()
        if let format = end.format { summary.format = format }
        for name in end.names.dropFirst(summary.columns.columns.count) { summary.columns.add(name) }
    }
}
