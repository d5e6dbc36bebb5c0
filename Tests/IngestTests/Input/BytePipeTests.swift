import Synchronization
import TestSupport
import Testing

@testable import Ingest

/// What a task writes, a thread reads: all of it, in order, and neither runs ahead.
struct BytePipeTests {
    private func read(_ source: PipeSource, _ count: Int) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let got = try source.read(into: &bytes, from: 0, count: count)
        return Array(bytes[..<got])
    }

    @Test func piecesComeOutInOrderAndThenTheEnd() async throws {
        let pipe = BytePipe()
        try await pipe.write([1, 2, 3])
        try await pipe.write([])
        try await pipe.write([4])
        pipe.finish()
        let source = PipeSource(pipe, cancellation: CancellationFlag())
        #expect(try read(source, 2) == [1, 2])
        #expect(try read(source, 8) == [3])
        #expect(try read(source, 8) == [4])
        #expect(try read(source, 8).isEmpty)
        #expect(source.consumed == 4)
    }

    @Test func aFullPipeMakesItsWriterWait() async throws {
        let pipe = BytePipe(capacity: 4)
        let written = Count()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for number in 0..<100 {
                    try await pipe.write([UInt8(number), UInt8(number)])
                    written.number.add(1, ordering: .sequentiallyConsistent)
                }
                pipe.finish()
            }
            let source = PipeSource(pipe, cancellation: CancellationFlag())
            var all: [UInt8] = []
            while true {
                let ahead = written.number.load(ordering: .sequentiallyConsistent)
                #expect(ahead * 2 <= all.count + 6)
                let some = try read(source, 3)
                if some.isEmpty { break }
                all += some
            }
            #expect(all == (0..<100).flatMap { [UInt8($0), UInt8($0)] })
            try await group.waitForAll()
        }
    }

    @Test func whatWasCutOffDoesNotLookWhole() async throws {
        let pipe = BytePipe()
        try await pipe.write([1])
        pipe.cutOff()
        let source = PipeSource(pipe, cancellation: CancellationFlag())
        #expect(throws: IngestError.self) { _ = try read(source, 8) }
    }

    @Test func aWriterIsToldThatNobodyReads() async throws {
        let pipe = BytePipe(capacity: 1)
        try await pipe.write([1, 2])
        let writing = Task { try await pipe.write([3]) }
        pipe.close()
        await #expect(throws: BytePipe.Closed.self) { try await writing.value }
        await #expect(throws: BytePipe.Closed.self) { try await pipe.write([4]) }
    }

    @Test func aReaderWhoIsCancelledStopsWaiting() throws {
        let cancellation = CancellationFlag()
        cancellation.set()
        let source = PipeSource(BytePipe(), cancellation: cancellation)
        #expect(throws: IngestError.cancelled) { _ = try read(source, 8) }
    }

    private final class Count: Sendable {
        let number = Atomic<Int>(0)
    }
}
