/// How long tests wait for what must come. Nobody waits so long where it does: on a busy machine a program may take a
/// minute to start.
package enum Patience {
    package static let duration = Duration.seconds(300)
    /// For settings.
    package static let milliseconds = 300_000

    /// Settings of a provider over HTTP, as further members of a JSON object, for those that a test does not set itself.
    package static func http(besides settings: String = "") -> String {
        ["connect_timeout_ms", "first_byte_timeout_ms", "timeout_ms"].filter { !settings.contains("\"\($0)\"") }
            .map { ",\"\($0)\":\(milliseconds)" }.joined()
    }

    package struct Exhausted: Error {
        package init() {}
    }
}

/// Looks again and again until it is so; an error counts as a no, as what is asked may be away meanwhile.
package func eventually(_ isSo: () async throws -> Bool) async throws {
    let deadline = ContinuousClock.now + Patience.duration
    while (try? await isSo()) != true {
        guard ContinuousClock.now < deadline else { throw Patience.Exhausted() }
        try await Task.sleep(for: .milliseconds(5))
    }
}

/// For tests of time-outs, in milliseconds: they must be short for a test to wait for them, and long for a busy machine
/// to get so far as to where they count. So they grow until one was fair; the last has to do.
package func withGrowingTimeOut<T>(
    from first: Int, until isFair: (T) -> Bool, _ attempt: (_ timeOut: Int) async throws -> T
) async throws -> T {
    var timeOut = first
    while true {
        let found = try await attempt(timeOut)
        if timeOut > 50_000 || isFair(found) { return found }
        timeOut *= 10
    }
}
