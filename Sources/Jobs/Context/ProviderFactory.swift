import Domain
import Senders
import Storage

/// Makes a provider from its account: the one place that knows the kinds.
package enum ProviderFactory {
    package static let kinds = ["sandbox", "http"]

    package static func make(_ account: ProviderAccount, loop: CurlLoop) throws -> any Provider {
        switch account.kind {
        case "sandbox":
            SandboxProvider(name: account.name, settings: try SandboxSettings(json: account.settings))
        case "http":
            HTTPProvider(name: account.name, config: try HTTPProviderConfig(json: account.settings), loop: loop)
        default:
            throw UnknownProviderKind(kind: account.kind)
        }
    }

    /// Checks settings before they are stored.
    package static func check(kind: String, settings: String) throws {
        switch kind {
        case "sandbox": _ = try SandboxSettings(json: settings)
        case "http": _ = try HTTPProviderConfig(json: settings)
        default: throw UnknownProviderKind(kind: kind)
        }
    }
}

package struct UnknownProviderKind: Error, CustomStringConvertible {
    let kind: String

    package var description: String {
        "There is no provider kind “\(kind)”; the kinds are \(ProviderFactory.kinds.joined(separator: ", "))."
    }
}
