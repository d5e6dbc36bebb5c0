/// What comes first goes first. Taking one costs the same however many wait, which `removeFirst` of an array does not; and
/// one that is never empty keeps no more than twice what waits in it.
package struct Fifo<Element> {
    private var elements: [Element?] = []
    private var head = 0

    package init() {}

    package var isEmpty: Bool { head == elements.count }

    package mutating func append(_ element: Element) { elements.append(element) }

    package mutating func popFirst() -> Element? {
        guard head < elements.count else { return nil }
        // What was taken is not held on to.
        let first = elements[head].take()
        head += 1
        if head == elements.count {
            elements.removeAll(keepingCapacity: true)
            head = 0
        } else if head >= 1024, head * 2 >= elements.count {
            elements.removeFirst(head)
            head = 0
        }
        return first
    }
}

extension Fifo: Sendable where Element: Sendable {}
