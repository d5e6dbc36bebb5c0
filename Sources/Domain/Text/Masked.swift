/// Addresses as they may be shown: enough to recognise one's own, too little to learn somebody else's.
package enum Masked {
    package static func address(_ text: String) -> String {
        if let at = text.lastIndex(of: "@") {
            return "\(text[..<at].prefix(1))•••\(text[at...])"
        }
        if text.hasPrefix("+"), text.count > 7 { return "\(text.prefix(4))•••\(text.suffix(3))" }
        return "\(text.prefix(4))•••"
    }
}
