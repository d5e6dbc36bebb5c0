/// A template's text as scalars, so that offsets are characters, and the way back to lines and columns.
struct TemplateSource: Sendable {
    let scalars: [Unicode.Scalar]
    private let lineStarts: [Int]

    init(_ text: String) {
        scalars = Array(text.unicodeScalars)
        var starts = [0]
        for (index, scalar) in scalars.enumerated() where scalar == "\n" { starts.append(index + 1) }
        lineStarts = starts
    }

    func place(_ offset: Int) -> SourcePlace {
        var low = 0
        var high = lineStarts.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if lineStarts[middle] <= offset { low = middle } else { high = middle }
        }
        return SourcePlace(line: Int32(low + 1), column: Int32(offset - lineStarts[low] + 1))
    }

    func error(_ message: String, at offset: Int) -> TemplateError {
        let place = place(offset)
        return TemplateError(message, line: Int(place.line), column: Int(place.column))
    }

    func text(_ range: Range<Int>) -> String {
        var text = ""
        text.unicodeScalars.append(contentsOf: scalars[range])
        return text
    }

    func has(_ pair: (Unicode.Scalar, Unicode.Scalar), at offset: Int) -> Bool {
        offset >= 0 && offset + 1 < scalars.count && scalars[offset] == pair.0 && scalars[offset + 1] == pair.1
    }

    func skipSpace(_ offset: Int) -> Int {
        var at = offset
        while at < scalars.count, PythonText.isSpace(scalars[at]) { at += 1 }
        return at
    }

    func skipWord(_ offset: Int) -> Int {
        var at = offset
        while at < scalars.count, PythonText.isWord(scalars[at]) { at += 1 }
        return at
    }
}
