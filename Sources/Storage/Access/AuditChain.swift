import Crypto
import Domain

/// How entries of the audit are linked: each hash is the SHA-256 of the hash before it and of all that its entry says. The
/// database makes the links as transactions commit (`link_audit_entry`); this is the same rule a second time, so that
/// neither the rows nor the rule in the database can be changed unnoticed.
package enum AuditChain {
    /// What the first entry follows.
    package static let beginning = [UInt8](repeating: 0, count: 32)

    package static func hash(_ entry: AuditStore.Stored, seq: Int64, after previous: [UInt8]) -> [UInt8] {
        var bytes = previous
        append(String(seq), to: &bytes)
        append(String(entry.id), to: &bytes)
        append(String(entry.at.micros), to: &bytes)
        append(entry.tenant.map { String($0) }, to: &bytes)
        for text in [entry.actor, entry.origin, entry.action, entry.subject] { append(text, to: &bytes) }
        append(entry.before, to: &bytes)
        append(entry.after, to: &bytes)
        return Digest.sha256(bytes)
    }

    /// Its length in four bytes, then the text; nothing at all has the length -1.
    private static func append(_ text: String?, to bytes: inout [UInt8]) {
        guard let text else { return bytes.append(contentsOf: bigEndianBytes(Int32(-1))) }
        let utf8 = Array(text.utf8)
        bytes.append(contentsOf: bigEndianBytes(Int32(truncatingIfNeeded: utf8.count)))
        bytes.append(contentsOf: utf8)
    }
}

/// Where the chain ends: what an anchor says of it.
package struct AuditHead: Sendable, Hashable {
    package let seq: Int64
    package let hash: [UInt8]

    package init(seq: Int64, hash: [UInt8]) {
        self.seq = seq
        self.hash = hash
    }
}
