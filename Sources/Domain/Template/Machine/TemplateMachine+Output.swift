extension TemplateMachine {
    /// Prints a value, escaped where the template is HTML and the value is not safe.
    mutating func write(_ value: LiquidValue) throws(RenderError) {
        switch value {
        case .undefined, .null, .missing, .empty, .blank: return
        case .text(let text): try write(text)
        case .bool(let flag): try write(LiquidText(flag ? "true" : "false"))
        case .list(let items):
            for item in items {
                try charge(1)
                try write(try text(item))
            }
        case .range(let low, let high): try write(LiquidText("\(low)..\(high)"))
        default: try write(try text(value))
        }
    }

    private mutating func write(_ text: LiquidText) throws(RenderError) {
        try charge(text.byteCount >> 8)
        if isHTML, !text.isSafe {
            for byte in text.string.utf8 { HTMLText.append(byte, to: &sink) }
        } else {
            sink.append(contentsOf: text.string.utf8)
        }
        try checkSink()
    }

    /// A value as the text that filters see.
    func text(_ value: LiquidValue) throws(RenderError) -> LiquidText {
        if case .text(let text) = value { return text }
        var writer = ValueWriter(limit: settings.outputLimit)
        try writer.appendText(value)
        return LiquidText(writer.string)
    }

    func representation(_ value: LiquidValue) throws(RenderError) -> String {
        var writer = ValueWriter(limit: settings.outputLimit)
        try writer.appendRepresentation(value)
        return writer.string
    }
}
