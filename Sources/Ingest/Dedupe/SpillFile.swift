import Domain
import Glibc
import Storage

/// Where a dedupe set keeps what memory does not hold.
final class SpillFile {
    private let descriptor: Int32

    init(folder: String) throws(IngestError) {
        do { descriptor = try NamelessFile.open(in: folder) } catch { throw .spillFailed(reason: error.reason) }
    }

    deinit { close(descriptor) }

    /// Chunks all have the same number of entries.
    func write(_ entries: ArraySlice<DedupeSet.Entry>, chunk: Int) throws(IngestError) {
        let failure: Int32? = entries.withUnsafeBytes { bytes in
            var done = 0
            while done < bytes.count {
                let count = pwrite(
                    descriptor, bytes.baseAddress?.advanced(by: done), bytes.count - done,
                    off_t(chunk * bytes.count + done))
                if count < 0, errno != EINTR { return errno }
                done += max(count, 0)
            }
            return nil
        }
        if let failure { throw .spillFailed(reason: String(cString: strerror(failure))) }
    }

    func read(_ count: Int, chunk: Int, into entries: inout [DedupeSet.Entry]) throws(IngestError) {
        let start = entries.count
        entries.append(
            contentsOf: repeatElement(DedupeSet.Entry(hash: RecipientHash(high: 0, low: 0), ordinal: 0), count: count))
        let size = count * MemoryLayout<DedupeSet.Entry>.stride
        let failure: Int32? = entries.withUnsafeMutableBytes { buffer in
            let bytes = UnsafeMutableRawBufferPointer(rebasing: buffer.suffix(size))
            var done = 0
            while done < size {
                let count = pread(
                    descriptor, bytes.baseAddress?.advanced(by: done), size - done, off_t(chunk * size + done))
                if count == 0 { return EIO }
                if count < 0, errno != EINTR { return errno }
                done += max(count, 0)
            }
            return nil
        }
        if let failure {
            entries.removeLast(entries.count - start)
            throw .spillFailed(reason: String(cString: strerror(failure)))
        }
    }
}
