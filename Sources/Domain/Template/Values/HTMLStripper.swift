/// Takes the tags out of HTML, and scripts and styles with what they hold. Forgiving as browsers are: what is no
/// tag stays as text.
struct HTMLStripper {
    private let source: [UInt8]
    private var result: [UInt8] = []
    private var at = 0
    /// Open scripts and styles: while there are any, text is dropped.
    private var scripts = 0
    private var styles = 0
    /// The element whose inside is no HTML.
    private var rawElement: [UInt8]?
    /// Searches that found nothing need not be made again further on.
    private var exhausted: Set<[UInt8]> = []

    static func strip(_ text: String) -> String {
        guard text.utf8.contains(0x3C), text.utf8.contains(0x3E) else { return text }
        var stripper = HTMLStripper(source: Array(text.utf8))
        stripper.run(atEnd: false)
        stripper.run(atEnd: true)
        return String(decoding: stripper.result, as: UTF8.self)
    }

    private init(source: [UInt8]) { self.source = source }

    private mutating func keep(_ range: Range<Int>) {
        if scripts == 0, styles == 0 { result += source[range] }
    }

    private mutating func keep(_ bytes: [UInt8]) {
        if scripts == 0, styles == 0 { result += bytes }
    }

    private mutating func find(_ mark: [UInt8], from: Int) -> Int? {
        guard !exhausted.contains(mark) else { return nil }
        var at = from
        while at + mark.count <= source.count {
            if source[at] == mark[0], source[at..<at + mark.count].elementsEqual(mark) { return at }
            at += 1
        }
        exhausted.insert(mark)
        return nil
    }

    private func starts(with text: StaticString, at: Int) -> Bool {
        let count = text.utf8CodeUnitCount
        guard at + count <= source.count else { return false }
        return (0..<count).allSatisfy { source[at + $0] == text.utf8Start[$0] }
    }

    private func isLetter(_ byte: UInt8?) -> Bool { byte.map { ($0 | 0x20) &- 0x61 < 26 } ?? false }
    private func isDigit(_ byte: UInt8?) -> Bool { byte.map { $0 &- 0x30 < 10 } ?? false }
    private func isSpace(_ byte: UInt8?) -> Bool {
        byte == 0x20 || byte.map { (0x09...0x0D).contains($0) || (0x1C...0x1F).contains($0) } ?? false
    }

    /// Goes as far as is certain; the second time to the end.
    private mutating func run(atEnd: Bool) {
        scan: while at < source.count {
            let start = at
            if let rawElement {
                guard let close = rawEnd(rawElement, from: at) else { break }
                at = close
            } else {
                while at < source.count, source[at] != 0x3C, source[at] != 0x26 { at += 1 }
            }
            if start < at { keep(start..<at) }
            guard at < source.count else { break }
            if source[at] == 0x3C {
                guard let end = markup() ?? (atEnd ? unfinished() : nil) else { break scan }
                at = end
            } else if !reference(atEnd: atEnd) {
                break scan
            }
        }
        if atEnd, at < source.count, rawElement == nil {
            keep(at..<source.count)
            at = source.count
        }
    }

    private func rawEnd(_ element: [UInt8], from: Int) -> Int? {
        var at = from
        while at + 1 < source.count {
            if source[at] == 0x3C, source[at + 1] == 0x2F {
                var index = at + 2
                while isSpace(source[safe: index]) { index += 1 }
                if index + element.count <= source.count,
                    source[index..<index + element.count].elementsEqual(element, by: { $0 | 0x20 == $1 })
                {
                    index += element.count
                    while isSpace(source[safe: index]) { index += 1 }
                    if source[safe: index] == 0x3E { return at }
                }
            }
            at += 1
        }
        return nil
    }

    // MARK: Markup

    /// Where the markup at `at` ends, or nil where its end is missing.
    private mutating func markup() -> Int? {
        if isLetter(source[safe: at + 1]) { return startTag() }
        if starts(with: "</", at: at) { return endTag() }
        if starts(with: "<!--", at: at) { return comment() }
        if starts(with: "<?", at: at) { return find([0x3E], from: at + 2).map { $0 + 1 } }
        if starts(with: "<![", at: at) { return section() }
        if starts(with: "<!", at: at) { return find([0x3E], from: at + 2).map { $0 + 1 } }
        guard at + 1 < source.count else { return nil }
        keep([0x3C])
        return at + 1
    }

    /// Unfinished markup is text up to the next bracket.
    private mutating func unfinished() -> Int {
        let end = find([0x3E], from: at + 1).map { $0 + 1 } ?? find([0x3C], from: at + 1) ?? at + 1
        keep(at..<end)
        return end
    }

    private mutating func comment() -> Int? {
        var from = at + 4
        while let dashes = find([0x2D, 0x2D], from: from) {
            var end = dashes + 2
            while isSpace(source[safe: end]) { end += 1 }
            if source[safe: end] == 0x3E { return end + 1 }
            from = dashes + 1
        }
        return nil
    }

    private mutating func section() -> Int? {
        if let end = find([0x5D, 0x5D, 0x3E], from: at + 3) { return end + 3 }
        return find([0x5D, 0x3E], from: at + 3).map { $0 + 2 }
    }

    private mutating func endTag() -> Int? {
        guard let close = find([0x3E], from: at + 1) else { return nil }
        var start = at + 2
        while isSpace(source[safe: start]) { start += 1 }
        let spaced = start > at + 2
        guard isLetter(source[safe: start]) else { return rawElement == nil ? close + 1 : textual(close + 1) }
        var end = start
        while end < source.count, !isSpace(source[end]), source[end] != 0x2F, source[end] != 0x3E { end += 1 }
        let name = source[start..<end].map { $0 | 0x20 }
        var rest = end
        while isSpace(source[safe: rest]) { rest += 1 }
        let isPlain = rest == close
        if let rawElement, !isPlain || name != rawElement { return textual(close + 1) }
        if isPlain || !spaced { closeElement(name) }
        if isPlain { rawElement = nil }
        return close + 1
    }

    private mutating func textual(_ end: Int) -> Int {
        keep(at..<end)
        return end
    }

    private mutating func closeElement(_ name: [UInt8]) {
        if name.elementsEqual("script".utf8) { scripts -= 1 }
        if name.elementsEqual("style".utf8) { styles -= 1 }
    }

    private mutating func startTag() -> Int? {
        var end = at + 1
        while let byte = source[safe: end], ![0x09, 0x0A, 0x0C, 0x0D, 0x20, 0x2F, 0x3E, 0x00].contains(byte) {
            end += 1
        }
        let name = source[at + 1..<end].map { $0 &- 0x41 < 26 ? $0 | 0x20 : $0 }
        while isSpace(source[safe: end]) || source[safe: end] == 0x2F { end += 1 }
        while attribute(&end) {}
        while isSpace(source[safe: end]) { end += 1 }
        guard let next = source[safe: end] else { return nil }
        if next == 0x3E || starts(with: "/>", at: end) {
            let isEmpty = next == 0x2F || source[end - 1] == 0x2F
            openElement(name, isEmpty: isEmpty)
            return next == 0x3E ? end + 1 : end + 2
        }
        if next == 0x2F || next == 0x3D || isLetter(next) { return nil }
        return textual(max(end, at + 1))
    }

    private mutating func openElement(_ name: [UInt8], isEmpty: Bool) {
        let isScript = name.elementsEqual("script".utf8)
        guard !isEmpty, isScript || name.elementsEqual("style".utf8) else { return }
        if isScript { scripts += 1 } else { styles += 1 }
        rawElement = name
    }

    /// One attribute with what follows it; false where none begins.
    private mutating func attribute(_ end: inout Int) -> Bool {
        guard let first = source[safe: end], let before = source[safe: end - 1],
            isSpace(before) || before == 0x2F || before == 0x22 || before == 0x27,
            !isSpace(first), first != 0x2F, first != 0x3E
        else { return false }
        end += 1
        while let byte = source[safe: end], !isSpace(byte), byte != 0x2F, byte != 0x3D, byte != 0x3E { end += 1 }
        var value = end
        while isSpace(source[safe: value]) { value += 1 }
        if source[safe: value] == 0x3D {
            while source[safe: value] == 0x3D { value += 1 }
            while isSpace(source[safe: value]) { value += 1 }
            if let quote = source[safe: value], quote == 0x22 || quote == 0x27 {
                guard let close = find([quote], from: value + 1) else { return false }
                end = close + 1
            } else {
                while let byte = source[safe: value], !isSpace(byte), byte != 0x3E { value += 1 }
                end = value
            }
        }
        while let byte = source[safe: end], isSpace(byte) || (byte == 0x2F && source[safe: end + 1] != 0x3E) {
            end += 1
        }
        return true
    }

    // MARK: Character references

    /// A reference is kept, with the semicolon it should have. False where its end can't be told.
    private mutating func reference(atEnd: Bool) -> Bool {
        var end = at + 1
        if source[safe: end] == 0x23 {
            end += 1
            let isHex = source[safe: end].map { $0 | 0x20 == 0x78 } ?? false
            if isHex { end += 1 }
            let digits = end
            while isDigit(source[safe: end]) || (isHex && isHexLetter(source[safe: end])) { end += 1 }
            if end > digits, end < source.count, !isHexLetter(source[end]) { return keepReference(end) }
            if find([0x3B], from: at) != nil {
                keep(at..<at + 2)
                at += 2
            }
            return false
        }
        guard isLetter(source[safe: end]) else {
            guard at + 1 < source.count else { return false }
            keep([0x26])
            at += 1
            return true
        }
        var last = 0
        while let byte = source[safe: end] {
            if isLetter(byte) || isDigit(byte) {
                end += 1
            } else if byte == 0x2D || byte == 0x2E {
                last = end
                end += 1
            } else {
                return keepReference(end)
            }
        }
        return last > 0 ? keepReference(last) : false
    }

    private func isHexLetter(_ byte: UInt8?) -> Bool { byte.map { ($0 | 0x20) &- 0x61 < 6 } ?? false }

    private mutating func keepReference(_ end: Int) -> Bool {
        keep(at..<end)
        keep([0x3B])
        at = source[safe: end] == 0x3B ? end + 1 : end
        return true
    }
}
