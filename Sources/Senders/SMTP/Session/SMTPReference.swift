/// What a server calls a message that it took: its queue id, by which its operators find it. Servers write it in
/// their own words: `queued as ABC`, `OK id=ABC`, `Ok ABC`.
enum SMTPReference {
    private static let longest = 100

    /// Empty where the reply names none.
    static func of(_ reply: SMTPReply) -> String {
        guard let line = reply.lines.last else { return "" }
        let words = line.split(separator: 0x20)
        if let place = words.lastIndex(where: { $0.elementsEqual("as".utf8) }), place > 0, place + 1 < words.count,
            words[place - 1].suffix(6).map({ $0 | 0x20 }).elementsEqual("queued".utf8)
        {
            return text(words[place + 1])
        }
        if let word = words.first(where: { $0.starts(with: "id=".utf8) }) { return text(word.dropFirst(3)) }
        // Behind the enhanced code, so that this is not taken for one; an id has a digit, "Ok" has none.
        let rest = reply.enhanced == nil ? words[...] : words.dropFirst()
        guard let last = rest.last, last.contains(where: { $0 >= 0x30 && $0 <= 0x39 }) else { return "" }
        return text(last)
    }

    private static func text(_ word: ArraySlice<UInt8>) -> String {
        let plain = word.filter { $0 > 0x20 && $0 < 0x7F && $0 != 0x3C && $0 != 0x3E && $0 != 0x22 }
        return String(decoding: plain.prefix(longest), as: UTF8.self)
    }
}
