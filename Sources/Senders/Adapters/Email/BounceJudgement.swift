/// Whether a bounce says that the mailbox is no good. Vendors sort bounces by their own rules, and two kinds come out
/// wrong: a domain that does not exist is called transient, and a refusal of the sending machine's reputation
/// permanent.
enum BounceJudgement {
    /// `status` is the enhanced code of RFC 3463 where it is told, `words` what the receiving server said.
    static func state(isHard: Bool, status: String, words: String) -> ReceiptState {
        let code = status.isEmpty ? enhancedCode(words) : status
        if deadCodes.contains(where: { isUnder(code, $0) }) { return .bouncedHard }
        if passingCodes.contains(where: { isUnder(code, $0) }) { return .bouncedSoft }
        let words = words.lowercased()
        if deadDomain.contains(where: words.contains) { return .bouncedHard }
        if code.hasPrefix("4.") || policy.contains(where: words.contains) { return .bouncedSoft }
        return isHard ? .bouncedHard : .bouncedSoft
    }

    /// No such mailbox, host or domain; a mailbox that moved or was closed.
    private static let deadCodes = ["5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1", "5.4.4", "5.4.310"]
    /// A full mailbox, a busy system, a refusal by policy: of the sender, the machine, the content.
    private static let passingCodes = ["5.2.2", "5.3", "5.7"]
    private static let deadDomain = [
        "domain does not exist", "nxdomain", "no such domain", "domain name not found", "unable to lookup dns",
        "invalid domain", "domain not found", "no mx", "unrouteable domain",
    ]
    private static let policy = [
        "spamhaus", "blacklist", "blocklist", "block list", "blocked using", "reputation", "dnsbl", "barracuda",
        "greylist", "rate limit", "too many", "dmarc", "mailbox full", "over quota", "quota exceeded",
    ]

    /// `5.1` is above `5.1.1` and not above `5.10.1`.
    private static func isUnder(_ code: String, _ above: String) -> Bool {
        code == above || code.hasPrefix(above + ".")
    }

    /// `550 5.1.1 No such user` -> `5.1.1`.
    static func enhancedCode(_ words: String) -> String {
        for word in words.split(whereSeparator: { " ;:()[]\r\n\t-".contains($0) }).prefix(12) {
            let parts = word.split(separator: ".", omittingEmptySubsequences: false)
            guard parts.count == 3, parts[0] == "5" || parts[0] == "4",
                parts.allSatisfy({
                    !$0.isEmpty && $0.utf8.count <= 3 && $0.utf8.allSatisfy { $0 >= 0x30 && $0 <= 0x39 }
                })
            else { continue }
            return String(word)
        }
        return ""
    }
}
