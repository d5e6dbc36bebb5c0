import Domain

/// The phone check as an upload does it: text in, verdict and normal form out.
enum PhoneBench {
    static func run(path: String) throws -> String {
        let lines = try Lines(path: path)
        let text = lines.bytes.span
        var valid = 0
        var normal: [UInt8] = []
        let rate = Rate.median(of: lines.ranges.count) {
            valid = 0
            normal.removeAll(keepingCapacity: true)
            for range in lines.ranges {
                guard case .valid(let number, _) = PhoneTable.check(text.extracting(range), defaultRegion: .none)
                else { continue }
                number.appendE164(to: &normal)
                valid += 1
            }
        }
        return "{\"numbers\":\(lines.ranges.count),\"valid\":\(valid),\"per_second\":\(Int(rate))}"
    }
}
