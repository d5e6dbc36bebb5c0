/// What stood in a path where its route's pattern has `{name}`, percent-decoded once.
package struct PathParameters: Sendable, Equatable {
    private let names: [String]
    private let values: [String]

    package static let none = PathParameters(names: [], values: [])

    package init(names: [String], values: [String]) {
        self.names = names
        self.values = values
    }

    package subscript(name: String) -> String? {
        for index in names.indices where names[index] == name { return values[index] }
        return nil
    }
}
