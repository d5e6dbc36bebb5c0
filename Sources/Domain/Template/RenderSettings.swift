/// The bounds of one rendering, and the time it takes place at.
package struct RenderSettings: Sendable, Hashable {
    /// A message longer than this is an error.
    package var outputLimit: Int
    /// A template that works longer than this is an error. A step is an instruction, a filter, a list's item, or
    /// some bytes of text that are copied or compared.
    package var stepLimit: Int
    /// What `now` means, in seconds since 1970.
    package var now: Int64

    package static let defaultOutputLimit = 1 << 20
    package static let defaultStepLimit = 1_000_000

    package init(
        now: Int64, outputLimit: Int = Self.defaultOutputLimit, stepLimit: Int = Self.defaultStepLimit
    ) {
        self.now = now
        self.outputLimit = outputLimit
        self.stepLimit = stepLimit
    }
}
