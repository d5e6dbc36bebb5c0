/// The members of a JSON object.
package typealias JSONObject = OrderedMembers<JSON>

/// Named values in the order they were written. Setting a key again keeps its place and replaces its value, so
/// the last duplicate wins. Keys differ when their bytes differ.
package struct OrderedMembers<Value> {
    package private(set) var keys: [String] = []
    package private(set) var values: [Value] = []
    /// Where each key stands; built only for objects that a linear search would be slow on.
    private var places: [KeyBytes: Int] = [:]

    private static var linearLimit: Int { 12 }

    package init() {}

    package var count: Int { keys.count }
    package var isEmpty: Bool { keys.isEmpty }

    package subscript(key: String) -> Value? {
        get { place(of: key).map { values[$0] } }
        set {
            switch (place(of: key), newValue) {
            case (let place?, let value?): values[place] = value
            case (let place?, nil): remove(at: place)
            case (nil, let value?): append(key, value)
            case (nil, nil): break
            }
        }
    }

    private func place(of key: String) -> Int? {
        if keys.count > Self.linearLimit { return places[KeyBytes(key)] }
        return keys.firstIndex { $0.utf8.elementsEqual(key.utf8) }
    }

    private mutating func append(_ key: String, _ value: Value) {
        keys.append(key)
        values.append(value)
        if keys.count == Self.linearLimit + 1 {
            rebuildPlaces()
        } else if keys.count > Self.linearLimit {
            places[KeyBytes(key)] = keys.count - 1
        }
    }

    private mutating func remove(at place: Int) {
        keys.remove(at: place)
        values.remove(at: place)
        rebuildPlaces()
    }

    private mutating func rebuildPlaces() {
        places.removeAll(keepingCapacity: true)
        guard keys.count > Self.linearLimit else { return }
        for (place, key) in keys.enumerated() { places[KeyBytes(key)] = place }
    }
}

/// A key that is equal to another only when its bytes are.
private struct KeyBytes: Hashable {
    let text: String

    init(_ text: String) { self.text = text }

    static func == (a: KeyBytes, b: KeyBytes) -> Bool { a.text.utf8.elementsEqual(b.text.utf8) }

    func hash(into hasher: inout Hasher) {
        for byte in text.utf8 { hasher.combine(byte) }
        hasher.combine(0xFF as UInt8)
    }
}

extension OrderedMembers: Sendable where Value: Sendable {}

extension OrderedMembers: ExpressibleByDictionaryLiteral {
    package init(dictionaryLiteral members: (String, Value)...) {
        for (key, value) in members { self[key] = value }
    }
}

extension OrderedMembers: Sequence {
    package func makeIterator() -> Zip2Sequence<[String], [Value]>.Iterator { zip(keys, values).makeIterator() }
}

extension OrderedMembers: Equatable where Value: Equatable {
    package static func == (a: Self, b: Self) -> Bool {
        a.count == b.count && a.allSatisfy { key, value in b[key] == value }
    }
}
