// In a release build the C library's types count as those of the first module that includes their headers.
private import CCurl
import Domain
private import Glibc

/// When something began: by the wall clock, for people, and by the monotonic one, for how long it took.
struct SMPPMoment: Sendable {
    let wall: Timestamp
    private let nanoseconds: Int64

    static var now: SMPPMoment { SMPPMoment(wall: .now, nanoseconds: monotonic()) }

    /// Milliseconds of the monotonic clock.
    static func milliseconds() -> Int64 { monotonic() / 1_000_000 }

    func call(_ places: Range<Int>, status: UInt32 = 0, kind: Outcome.Kind) -> ProviderCall {
        ProviderCall(
            places: places, startedAt: wall, duration: .nanoseconds(Self.monotonic() - nanoseconds),
            status: Int32(truncatingIfNeeded: status), kind: kind,
            reply: status == SMPPStatus.ok ? [] : Array(SMPPStatus(status).name.utf8))
    }

    private static func monotonic() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
