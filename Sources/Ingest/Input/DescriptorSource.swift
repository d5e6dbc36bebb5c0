import Glibc
import Synchronization

/// A file, a pipe or a terminal. Owns the descriptor it opened itself and closes it; a descriptor that
/// was handed in stays the caller's.
///
/// A wait for a slow pipe ends within 100 ms after `cancellation` is set.
package final class DescriptorSource: ByteSource {
    private let descriptor: Int32
    private let owns: Bool
    private let cancellation: CancellationFlag
    private let mayWait: Bool
    package private(set) var consumed = 0
    package let total: Int?

    package init(descriptor: Int32, owns: Bool, cancellation: CancellationFlag) {
        self.descriptor = descriptor
        self.owns = owns
        self.cancellation = cancellation
        var status = stat()
        let isRegular = fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
        total = isRegular ? Int(status.st_size) : nil
        mayWait = !isRegular
        if isRegular { posix_fadvise(descriptor, 0, 0, POSIX_FADV_SEQUENTIAL) }
    }

    package convenience init(path: String, cancellation: CancellationFlag) throws(IngestError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .cannotOpen(reason: Self.reason(errno)) }
        var status = stat()
        if fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
            close(descriptor)
            throw .cannotOpen(reason: "it is a folder")
        }
        self.init(descriptor: descriptor, owns: true, cancellation: cancellation)
    }

    deinit {
        if owns { close(descriptor) }
    }

    package func read(into buffer: UnsafeMutableRawBufferPointer) throws(IngestError) -> Int {
        while true {
            if cancellation.isSet { throw .cancelled }
            if mayWait {
                var wait = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
                let ready = poll(&wait, 1, 100)
                if ready == 0 || (ready < 0 && errno == EINTR) { continue }
            }
            let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
            if count >= 0 {
                consumed += count
                return count
            }
            guard errno == EINTR || errno == EAGAIN else { throw .readFailed(reason: Self.reason(errno)) }
        }
    }

    private static func reason(_ code: Int32) -> String { String(cString: strerror(code)) }
}
