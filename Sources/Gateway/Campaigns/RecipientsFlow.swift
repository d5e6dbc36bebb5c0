import Ingest

/// Lets recipients be read while they arrive: what `feed` writes, `upload` takes, and neither gets far ahead of the
/// other. The reading runs on threads of its own.
enum RecipientsFlow {
    static func run<Result: Sendable>(
        feed: (BytePipe) async throws -> Void, upload: @escaping @Sendable (UploadInput) async throws -> Result
    ) async throws -> Result {
        let pipe = BytePipe()
        let reading = Task(executorPreference: BulkExecutor.intake) {
            defer { pipe.close() }
            return try await upload(.pipe(pipe))
        }
        do {
            try await feed(pipe)
            pipe.finish()
        } catch is BytePipe.Closed {
            // Why nothing more is read, the reading says.
        } catch {
            // What came so far must not look like all of it.
            pipe.cutOff()
            _ = await reading.result
            throw error
        }
        return try await reading.value
    }
}
