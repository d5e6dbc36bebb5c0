/// The failed recipients of a campaign were taken up by another one before.
package struct ResentAlready: Error, Sendable, CustomStringConvertible {
    package let campaign: Int64
    package let resend: Int64

    package var description: String {
        "Those who failed in campaign \(campaign) were sent to again by campaign \(resend) already. "
            + "`herald campaign resend-failed \(resend)` takes those who failed again; `--again` sends to all of them once more."
    }
}
