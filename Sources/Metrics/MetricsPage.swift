/// Writes the text that Prometheus reads (format 0.0.4).
struct MetricsPage {
    private(set) var bytes: [UInt8] = []

    mutating func head(_ name: String, _ help: String, _ kind: MetricsRegistry.Kind) {
        append("# HELP \(name) \(Self.escaped(help, quotes: false))\n# TYPE \(name) \(kind.rawValue)\n")
    }

    mutating func line(_ name: String, _ labels: [String], _ values: [String], _ number: Double) {
        append(name)
        write(labels, values)
        append(" \(Self.text(number))\n")
    }

    mutating func histogram(_ name: String, _ labels: [String], _ values: [String], _ histogram: Histogram) {
        let reading = histogram.reading
        for (place, count) in reading.cumulative.enumerated() {
            let end = place < histogram.bounds.seconds.count ? Self.text(histogram.bounds.seconds[place]) : "+Inf"
            append("\(name)_bucket")
            write(labels + ["le"], values + [end])
            append(" \(count)\n")
        }
        line("\(name)_sum", labels, values, reading.sum)
        line("\(name)_count", labels, values, Double(reading.count))
    }

    private mutating func write(_ labels: [String], _ values: [String]) {
        guard !labels.isEmpty else { return }
        append("{")
        for (place, (label, value)) in zip(labels, values).enumerated() {
            append("\(place == 0 ? "" : ",")\(label)=\"\(Self.escaped(value, quotes: true))\"")
        }
        append("}")
    }

    private mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }

    static func escaped(_ text: String, quotes: Bool) -> String {
        var out = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": out += "\\\\"
            case "\n": out += "\\n"
            case "\"" where quotes: out += "\\\""
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out
    }

    static func text(_ number: Double) -> String {
        if number.isNaN { return "NaN" }
        if number.isInfinite { return number < 0 ? "-Inf" : "+Inf" }
        return number == number.rounded() && abs(number) < 1e15 ? String(Int64(number)) : String(number)
    }
}
