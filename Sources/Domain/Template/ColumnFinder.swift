/// Finds columns by the names people give them.
struct ColumnFinder {
    private(set) var exact: [String: Int] = [:]
    private var folded: [String: Int] = [:]

    init(_ columns: [String]) {
        for (index, column) in columns.enumerated().reversed() {
            exact[column] = index
            folded[Self.fold(column)] = index
        }
    }

    func column(of name: String) -> Int? { exact[name] ?? folded[Self.fold(name)] }

    private static func fold(_ name: String) -> String {
        name.lowercased().filter { $0 != " " && $0 != "-" && $0 != "_" }
    }
}
