import Domain
import HTTPServer

/// How a provider's API looks on the wire: where a request names its recipients, and what the answers are. What the
/// sandbox does with a message is the same in every form.
protocol WireForm: Sendable {
    /// The recipients, at least one; or the provider's own refusal of a request that it cannot read.
    func calls(_ request: HTTPRequest) -> Result<[SandboxCall], WireRefusal>
    /// The reference that a sender gets to see, for the sandbox's number.
    func reference(_ number: UInt64) -> [UInt8]
    func accepted(_ first: SandboxCall, reference: [UInt8], price: Money?) -> HTTPResponse
    func refused(_ reason: WireReason, _ call: SandboxCall) -> HTTPResponse
}

/// Why a request that could be read was refused.
enum WireReason: Sendable {
    case recipient, unavailable, broken, throttled
}

/// A refusal in the provider's own words.
struct WireRefusal: Error {
    let response: HTTPResponse
}

/// What one request may be answered with.
struct WireAnswers {
    let accepted: HTTPResponse
    let refused: (WireReason) -> HTTPResponse
}

extension HTTPResponse {
    static func json(status: Int = 200, _ value: JSON) -> HTTPResponse {
        var bytes: [UInt8] = []
        value.write(to: &bytes)
        return .json(status: status, bytes)
    }
}
