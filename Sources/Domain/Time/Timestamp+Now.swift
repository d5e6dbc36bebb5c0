private import Foundation

extension Timestamp {
    /// The wall clock. Only for what is shown, stored or compared with a date; never for a duration.
    package static var now: Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(micros: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
    }
}
