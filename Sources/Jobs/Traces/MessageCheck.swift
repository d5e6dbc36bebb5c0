import Domain
import Storage

/// What was looked at before a message went out, and what came of it. Only the refusal of a check is stored, as the
/// message's reason: who was sent to has passed them all.
package struct MessageCheck: Sendable, Hashable {
    package enum Name: String, Sendable, CaseIterable {
        /// Of the form that its channel needs; in its normal form.
        case address
        /// Not the same recipient twice in a campaign.
        case duplicate
        case expiry
        case denyList = "deny_list"
        /// Hard bounces and complaints.
        case suppression
        case optOut = "opt_out"
        /// The template could be rendered with the recipient's data.
        case content
        /// There is a provider for it.
        case route
    }

    package enum Verdict: String, Sendable {
        case passed
        case refused
        /// The category doesn't ask for it.
        case notAsked = "not_asked"
        /// Not looked at yet, or no more after an earlier refusal.
        case open
    }

    package let name: Name
    package let verdict: Verdict
    package var reason = ""
}

extension MessageTrace {
    /// The checks in the order in which they are made.
    package var checks: [MessageCheck] {
        let refusal = rows.first { $0.provider.isEmpty && $0.final && Self.check(for: $0.reason) != nil }
        let wasCalled = !calls.isEmpty || rows.contains { !$0.provider.isEmpty }
        let refused = wasCalled ? nil : refusal.flatMap { Self.check(for: $0.reason) }
        var isBehind = false
        return MessageCheck.Name.allCases.map { name in
            if name == .optOut, !campaign.category.respectsOptOut, refused != .optOut {
                return MessageCheck(name: name, verdict: .notAsked)
            }
            if name == refused {
                isBehind = true
                return MessageCheck(name: name, verdict: .refused, reason: refusal?.reason ?? "")
            }
            let isAtAccept = name == .address || name == .duplicate
            let isPassed = isAtAccept || wasCalled || (refused != nil && !isBehind)
            return MessageCheck(name: name, verdict: isPassed ? .passed : .open)
        }
    }

    private static func check(for reason: String) -> MessageCheck.Name? {
        switch reason {
        case "expired": .expiry
        case "opted_out": .optOut
        case "suppressed_bounce", "suppressed_complaint": .suppression
        case "render_failed": .content
        case "no_route", "no_address": .route
        default: reason.hasPrefix("denied") ? .denyList : nil
        }
    }
}
