private import CMicroHTTP
private import Glibc
private import Synchronization

/// Wakes a polling thread out of its `poll`. Rung many times between two answers, it costs one system
/// call: a group of a hundred answers wakes the thread once.
final class Doorbell: Sendable {
    /// Readable once rung.
    let descriptor: Int32
    private let isRung = Atomic<Bool>(false)

    /// Nil where the system has no more descriptors.
    init?() {
        descriptor = eventfd(0, Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK))
        if descriptor < 0 { return nil }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    func ring() {
        guard !isRung.exchange(true, ordering: .acquiringAndReleasing) else { return }
        var one: UInt64 = 1
        _ = write(descriptor, &one, 8)
    }

    /// Hears it. What was done before a ring that came up to now is then to be looked at.
    func answer() {
        var counter: UInt64 = 0
        _ = read(descriptor, &counter, 8)
        isRung.store(false, ordering: .sequentiallyConsistent)
    }
}
