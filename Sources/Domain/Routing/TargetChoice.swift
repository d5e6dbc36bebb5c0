/// How a rule picks the first among its providers; the others follow as fallback.
package enum TargetChoice: String, Sendable, Hashable, CaseIterable {
    /// As written.
    case order
    /// By a stable hash of the message, in proportion to the weights; the others by weight.
    case weight
    /// By the price for the number, the lowest first.
    case cheapest
    /// By what the breakers say, the healthiest first.
    case healthiest
}
