import Domain

/// The receipt that SMSCs write as text, in the form of the standard's appendix:
/// `id:0A1B sub:001 dlvrd:001 submit date:2001010101 done date:2001010102 stat:DELIVRD err:000 text:Hello`. Every vendor has
/// its own order, case and selection of fields.
struct SMPPReceiptText: Hashable {
    private(set) var id = ""
    private(set) var state = ""
    private(set) var error = ""
    private(set) var doneDate = ""

    init(_ bytes: [UInt8]) {
        let lower = bytes.map { $0 >= 0x41 && $0 <= 0x5A ? $0 | 0x20 : $0 }
        // What stands behind `text:` is the beginning of our own message: it counts only where nothing else is there.
        let end = Self.find("text:", in: lower[...]) ?? lower.count
        func value(_ names: String...) -> String {
            for range in [0..<end, end..<lower.count] {
                for name in names {
                    guard let start = Self.find(name + ":", in: lower[range]) else { continue }
                    let field = bytes[(start + name.utf8.count + 1)...].drop { $0 == 0x20 }.prefix { $0 > 0x20 }
                    return SMPPReference.text(field)
                }
            }
            return ""
        }
        id = value("id", "msgid", "message id")
        state = value("stat", "status").uppercased()
        error = value("err", "error")
        doneDate = value("done date", "done_date", "donedate")
    }

    /// When it was done, by a clock that is so many minutes ahead of UTC: YYMMDDhhmm, seconds where told.
    func doneAt(offsetMinutes: Int) -> Timestamp? {
        let digits = doneDate.utf8.map { Int($0) - 0x30 }
        guard digits.count == 10 || digits.count == 12, digits.allSatisfy({ (0...9).contains($0) }) else { return nil }
        let pairs = stride(from: 0, to: digits.count, by: 2).map { digits[$0] * 10 + digits[$0 + 1] }
        guard let date = CivilDate(year: 2000 + pairs[0], month: pairs[1], day: pairs[2]), pairs[3] < 24, pairs[4] < 60
        else { return nil }
        let seconds = (pairs[3] * 60 + pairs[4] - offsetMinutes) * 60 + (pairs.count > 5 ? min(pairs[5], 59) : 0)
        return Timestamp(micros: (Int64(date.daysSinceEpoch) * 86_400 + Int64(seconds)) * 1_000_000)
    }

    /// Where a field's name begins: at the start, or behind something that belongs to no word.
    private static func find(_ name: String, in bytes: ArraySlice<UInt8>) -> Int? {
        let name = Array(name.utf8)
        guard bytes.count >= name.count else { return nil }
        for start in bytes.startIndex...(bytes.endIndex - name.count) {
            guard bytes[start..<start + name.count].elementsEqual(name) else { continue }
            if start == bytes.startIndex || !(0x61...0x7A).contains(bytes[start - 1]) && bytes[start - 1] != 0x5F {
                return start
            }
        }
        return nil
    }
}
