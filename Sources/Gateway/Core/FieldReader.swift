import Domain

/// Reads the members of a JSON object that a request brought, and gathers what is wrong with them: whoever sends three
/// faults hears of three. A member that nobody asked for is a fault too, because it is mostly a misspelling of one
/// that would have mattered.
package final class FieldReader {
    private let object: JSONObject
    private let pointer: String
    private var known: Set<String> = []
    private let faults: Faults

    /// What is wrong with a whole request.
    package final class Faults {
        fileprivate(set) var list: [Problem.Fault] = []
        /// More would help nobody.
        private static let most = 50

        package init() {}

        package func add(_ field: String, _ rule: String, _ detail: String) {
            if list.count < Self.most { list.append(Problem.Fault(field, rule, detail)) }
        }

        package var isEmpty: Bool { list.isEmpty }

        package func throwIfAny() throws(Problem) {
            guard let first = list.first else { return }
            let detail = list.count == 1 ? first.detail : "\(first.detail) (and \(list.count - 1) more)"
            throw Problem(.invalid, detail, faults: list)
        }
    }

    /// `json` must be an object; what is not counts as one without members, and as a fault.
    package init(_ json: JSON, at pointer: String = "", faults: Faults) {
        self.pointer = pointer
        self.faults = faults
        if let object = json.objectValue {
            self.object = object
        } else {
            object = JSONObject()
            faults.add(pointer, "object", "\(pointer.isEmpty ? "The body" : pointer) must be a JSON object.")
        }
    }

    /// A body that must be an object of JSON.
    package static func parse(_ body: [UInt8]) throws(Problem) -> JSON {
        do { return try JSON.parse(body) } catch {
            throw Problem(.malformed, "The body is no JSON: \(error).")
        }
    }

    package func path(_ name: String) -> String { "\(pointer)/\(Self.escaped(name))" }

    private static func escaped(_ name: String) -> String {
        name.replacing("~", with: "~0").replacing("/", with: "~1")
    }

    package func fault(_ name: String, _ rule: String, _ detail: String) { faults.add(path(name), rule, detail) }

    /// Of a member of a member.
    package func fault(below name: String, _ inner: String, _ rule: String, _ detail: String) {
        faults.add("\(path(name))/\(Self.escaped(inner))", rule, detail)
    }

    /// Nil where there is none or it is null.
    package func value(_ name: String) -> JSON? {
        known.insert(name)
        guard let value = object[name], !value.isNull else { return nil }
        return value
    }

    package func required(_ name: String) -> JSON? {
        guard let value = value(name) else {
            fault(name, "required", "\(name) is missing.")
            return nil
        }
        return value
    }

    package func text(_ name: String, max: Int = 256) -> String? {
        guard let value = value(name) else { return nil }
        guard let text = value.stringValue else {
            fault(name, "type", "\(name) must be a string.")
            return nil
        }
        guard text.utf8.count <= max else {
            fault(name, "length", "\(name) may have \(max) bytes at most.")
            return nil
        }
        // PostgreSQL takes no zero byte, and no other control character belongs into a name.
        guard !text.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) else {
            fault(name, "characters", "\(name) holds control characters.")
            return nil
        }
        return text
    }

    package func integer(_ name: String, in range: ClosedRange<Int64>) -> Int64? {
        guard let value = value(name) else { return nil }
        guard let number = value.intValue, range.contains(number) else {
            fault(name, "range", "\(name) must be a whole number from \(range.lowerBound) to \(range.upperBound).")
            return nil
        }
        return number
    }

    package func flag(_ name: String) -> Bool? {
        guard let value = value(name) else { return nil }
        guard let flag = value.boolValue else {
            fault(name, "type", "\(name) must be true or false.")
            return nil
        }
        return flag
    }

    /// A time as RFC 3339 has it.
    package func time(_ name: String) -> Timestamp? {
        guard let text = text(name) else { return nil }
        guard let time = Timestamp(rfc3339: text) else {
            fault(name, "time", "\(name) must be a time like 2026-03-01T09:00:00Z.")
            return nil
        }
        return time
    }

    package func object(_ name: String) -> JSONObject? {
        guard let value = value(name) else { return nil }
        guard let object = value.objectValue else {
            fault(name, "type", "\(name) must be an object.")
            return nil
        }
        return object
    }

    package func choice<T: RawRepresentable & CaseIterable>(_ name: String, of type: T.Type) -> T?
    where T.RawValue == String {
        guard let text = text(name) else { return nil }
        guard let choice = T(rawValue: text) else {
            let words = T.allCases.map(\.rawValue).joined(separator: ", ")
            fault(name, "choice", "\(name) must be one of \(words).")
            return nil
        }
        return choice
    }

    package func reader(_ name: String) -> FieldReader? {
        value(name).map { FieldReader($0, at: path(name), faults: faults) }
    }

    /// Members that nothing asked for.
    package func refuseOthers() {
        for key in object.keys where !known.contains(key) {
            fault(key, "unknown", "There is no field “\(key.prefix(64))” here.")
        }
    }
}
