/// Which column each name of a template is in.
final class BoundColumns: Sendable {
    private let byPlace: [Int32]
    private let byName: [String: Int]

    init(byPlace: [Int32], byName: [String: Int]) {
        self.byPlace = byPlace
        self.byName = byName
    }

    @inline(__always)
    func column(of place: Int) -> Int? {
        let column = byPlace[place]
        return column < 0 ? nil : Int(column)
    }

    func column(named name: String) -> Int? { byName[name] }
}
