import Domain

/// Takes the text of an element out of a small XML answer whose form is known. No parser: elements that hold others
/// are given as they stand.
enum XMLText {
    /// What stands between the first `<name …>` and the `</name>` after it; nil where one of them is missing or what is
    /// between is no UTF-8.
    static func first(_ name: String, in xml: [UInt8]) -> String? {
        let open = Array("<\(name)".utf8)
        let close = Array("</\(name)>".utf8)
        var at = 0
        while let start = index(of: open, in: xml, from: at) {
            at = start + open.count
            // `<MessageIds>` is another element.
            guard at < xml.count, xml[at] == UInt8(ascii: ">") || xml[at] == 0x20 else { continue }
            guard let inside = xml[at...].firstIndex(of: UInt8(ascii: ">")),
                let end = index(of: close, in: xml, from: inside + 1)
            else { return nil }
            return String(validating: xml[(inside + 1)..<end], as: UTF8.self)
        }
        return nil
    }

    private static func index(of part: [UInt8], in bytes: [UInt8], from start: Int) -> Int? {
        var at = start
        while at + part.count <= bytes.count {
            if bytes[at] == part[0], bytes[at..<(at + part.count)].elementsEqual(part) { return at }
            at += 1
        }
        return nil
    }
}
