/// The names of a template's variables, each with a place of its own.
struct NameTable: Sendable {
    private(set) var names: [String] = []
    private var places: [[UInt8]: Int] = [:]

    mutating func place(of name: String) -> Int {
        let key = Array(name.utf8)
        if let place = places[key] { return place }
        places[key] = names.count
        names.append(name)
        return names.count - 1
    }

    func existing(_ name: String) -> Int? { places[Array(name.utf8)] }
}
