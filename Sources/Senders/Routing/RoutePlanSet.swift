/// Numbers the plans of one window in the order of their appearance, so that its messages are grouped by a small
/// number. Most windows have a handful, often in a row.
package struct RoutePlanSet: Sendable {
    package private(set) var plans: [RoutePlan] = []
    private var numbers: [RoutePlan: Int] = [:]
    private var last = 0

    package init() {}

    package mutating func index(of plan: RoutePlan) -> Int {
        if last < plans.count, plans[last] == plan { return last }
        if let known = numbers[plan] {
            last = known
        } else {
            last = plans.count
            plans.append(plan)
            numbers[plan] = last
        }
        return last
    }

    package mutating func removeAll() {
        plans.removeAll(keepingCapacity: true)
        numbers.removeAll(keepingCapacity: true)
    }
}
