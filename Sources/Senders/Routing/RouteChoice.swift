/// What the rules say about one message.
package struct RouteChoice: Sendable, Hashable {
    /// The rule that decides; nil where none holds.
    package let rule: Int64?
    /// Empty where the message goes nowhere.
    package let plan: RoutePlan
    /// What the first provider of the plan is told as the sender, for `RouteScope.senderText`.
    package let sender: SenderNumber
    /// Why there is no plan.
    package let refusal: RouteRefusal?
    /// The rule's place in its scope.
    let entry: Int32

    static let noRule = RouteChoice(rule: nil, plan: .empty, sender: .none, refusal: .noRule, entry: -1)
}

/// A sender's number within its scope.
package struct SenderNumber: Sendable, Hashable {
    let value: Int32

    /// The provider's own default.
    package static let none = SenderNumber(value: -1)
}
