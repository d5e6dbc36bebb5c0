/// The way to a value in a JSON text: `messages.0.sid`, or the JSON pointer `/messages/0/sid` where a name holds
/// a dot.
package struct JSONPath: Sendable, Hashable, CustomStringConvertible {
    private struct Step: Sendable, Hashable {
        var name: [UInt8]
        /// Set where the name is a number, which then also means a place in a list.
        var index: Int?
    }

    private let steps: [Step]
    package let description: String

    /// Nil where the text is empty or has an empty step.
    package init?(_ text: String) {
        let isPointer = text.hasPrefix("/")
        let names = (isPointer ? text.dropFirst() : text[...])
            .split(separator: isPointer ? "/" : ".", omittingEmptySubsequences: false)
        var steps: [Step] = []
        for name in names {
            var bytes = Array(name.utf8)
            if isPointer { bytes = Self.unescape(bytes) }
            if bytes.isEmpty { return nil }
            let isNumber = bytes.allSatisfy { $0 >= 0x30 && $0 <= 0x39 } && bytes.count < 10
            steps.append(Step(name: bytes, index: isNumber ? Int(String(decoding: bytes, as: UTF8.self)) : nil))
        }
        self.steps = steps
        description = text
    }

    /// RFC 6901: `~1` is a slash and `~0` a tilde.
    private static func unescape(_ bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        var index = 0
        while index < bytes.count {
            if bytes[index] == 0x7E, index + 1 < bytes.count, bytes[index + 1] == 0x30 || bytes[index + 1] == 0x31 {
                result.append(bytes[index + 1] == 0x30 ? 0x7E : 0x2F)
                index += 2
            } else {
                result.append(bytes[index])
                index += 1
            }
        }
        return result
    }

    /// The value that the path leads to, found without building any: a reply of a hundred bytes has one or two
    /// values that matter. Of equal names the first counts. The bytes are `JSON.isValid` with any text.
    package func find(in bytes: Span<UInt8>) -> JSONSlice? {
        var walk = JSONWalk(tolerance: .anyText)
        walk.skipSpace(bytes)
        do throws(JSONError) {
            for step in steps where try !Self.enter(step, &walk, bytes) { return nil }
            return try walk.value(bytes, depth: 0)
        } catch {
            return nil
        }
    }

    /// Goes to a member or an element of the object or list that stands here.
    private static func enter(_ step: Step, _ walk: inout JSONWalk, _ bytes: Span<UInt8>) throws(JSONError) -> Bool {
        let first = try JSONLexer.peek(bytes, walk.at)
        guard first == 0x7B || first == 0x5B else { return false }
        let closing: UInt8 = first == 0x7B ? 0x7D : 0x5D
        if try walk.isEmpty(bytes, closing: closing) { return false }
        var place = 0
        repeat {
            if first == 0x7B {
                if matches(try walk.key(bytes), step.name, bytes) { return true }
            } else if place == step.index {
                return true
            }
            _ = try walk.value(bytes, depth: 0)
            place += 1
        } while try walk.hasMore(bytes, closing: closing)
        return false
    }

    private static func matches(_ key: JSONLexer.StringToken, _ name: [UInt8], _ bytes: Span<UInt8>) -> Bool {
        if key.hasEscapes {
            var text: [UInt8] = []
            JSONText.appendUnescaped(bytes, key.range, into: &text)
            return text == name
        }
        guard key.range.count == name.count else { return false }
        for index in 0..<name.count where bytes[key.range.lowerBound + index] != name[index] { return false }
        return true
    }
}
