import Synchronization

/// How many recipients a window takes for one provider, as all jobs of a process have learnt together.
package final class ProviderWindow: Sendable {
    /// What is not known yet is not trusted with much.
    package static let first = 50

    private let learnt: Mutex<WindowSize>

    package init(first: Int = ProviderWindow.first) { learnt = Mutex(WindowSize(first: first)) }

    var size: Int { learnt.withLock { $0.size } }

    /// A window took so long.
    func took(_ time: Duration, for count: Int) { learnt.withLock { $0.took(time, for: count) } }
}
