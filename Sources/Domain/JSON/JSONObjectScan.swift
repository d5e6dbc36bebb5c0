/// Walks one JSON object and lists its top-level members without building any value. Everything is checked as
/// strictly as by `JSON.parse`, nested values too; nothing is allocated once the list has grown.
package enum JSONObjectScan {
    /// Scans the object that makes up `range` of `bytes` (white space around it is allowed) and replaces the
    /// contents of `members`, in the order written, duplicates included: the last one of a key counts.
    package static func scan(
        _ bytes: Span<UInt8>, in range: Range<Int>, into members: inout [JSONMember]
    ) throws(JSONError) {
        members.removeAll(keepingCapacity: true)
        let text = bytes.extracting(0..<range.upperBound)
        var walk = JSONWalk(at: range.lowerBound)
        walk.skipSpace(text)
        guard walk.at < text.count else { throw JSONError(.empty, at: range.lowerBound) }
        guard text[walk.at] == 0x7B else { throw JSONError(.notAnObject, at: walk.at) }
        if try !walk.isEmpty(text, closing: 0x7D) {
            repeat {
                let key = try walk.key(text)
                let value = try walk.value(text, depth: 1)
                members.append(JSONMember(key: key.range, keyHasEscapes: key.hasEscapes, value: value))
            } while try walk.hasMore(text, closing: 0x7D)
        }
        try walk.end(text)
    }
}
