import Domain
import Reports

/// Reports on a terminal.
enum ReportText {
    static func cell(_ cell: ReportTable.Cell) -> String {
        switch cell {
        case .text(let text): text
        case .count(let count): grouped(count)
        case .number(let number): String(number)
        case .money(let micros): amount(micros, "")
        case .share(let share): "\(share / 100).\(share % 100 / 10)%"
        case .milliseconds(let time): time < 60_000 ? "\(time / 1000).\(time % 1000 / 100) s" : "\(time / 60_000) min"
        case .empty: "·"
        }
    }

    /// A bar of eighths of a cell; something, however little, is never shown as nothing.
    static func bar(_ value: Int64, of most: Int64, width: Int) -> String {
        guard value > 0, most > 0 else { return "" }
        let eighths = max(1, Int(Double(value) / Double(most) * Double(width * 8)))
        let parts = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]
        return String(repeating: "█", count: eighths / 8) + parts[eighths % 8]
    }
}
