import Domain
import TestSupport
import Testing

@testable import Senders

/// Callbacks that a vendor's own verifier on PyPI has approved.
enum VendorCallbacks {
    static let secret = "a-secret-of-more-than-32-characters-for-tests"
    /// When those were signed whose signature holds a time.
    static let now = Timestamp(micros: 1_700_000_000_000_000)

    static func lines(_ vendor: String) throws -> [JSON] { try PythonOracle.json("callbacks.py", [vendor]) }

    static func of(_ vendor: String) throws -> [ProviderCallback] { try lines(vendor).map { try read($0, vendor) } }

    static func read(_ line: JSON, _ vendor: String) throws -> ProviderCallback {
        let body = try #require(line["body"]?.stringValue)
        return ProviderCallback(
            provider: vendor, receivedAt: now, kind: vendor, contentType: "", body: Array(body.utf8),
            method: body.isEmpty ? "GET" : "POST", url: try #require(line["url"]?.stringValue),
            headers: (line["headers"]?.objectValue?.map { $0 } ?? []).map {
                ProviderCallback.Header(name: $0.0, value: $0.1.stringValue ?? "")
            })
    }
}
