import Domain
import Storage
import Synchronization

/// Templates and streams as the gateway needs them, out of memory. A template's newest version is looked up again when
/// the configuration changes and after a while.
package final class StreamBook: Sendable {
    private struct Name: Hashable {
        let tenant: Int64
        let name: String
        let version: Int64?
        let isOrdered: Bool
    }

    private struct State {
        var contents: [Name: (content: StreamContent?, read: ContinuousClock.Instant)] = [:]
        var streams: [StreamKey: MessageStream] = [:]
    }

    private let parties: PartyStore
    private let store: StreamStore
    private let state = Mutex(State())
    private static let lifetime: Duration = .seconds(60)
    private static let capacity = 10_000

    package init(database: Database, keys: KeyRing) {
        parties = PartyStore(database: database, keys: keys)
        store = StreamStore(database: database)
    }

    /// The configuration changed.
    package func forget() { state.withLock { $0.contents.removeAll() } }

    /// Nil where there is no such template.
    package func content(
        tenant: Int64, name: String, version: Int64? = nil, ordered: Bool = false
    ) async throws -> StreamContent? {
        let key = Name(tenant: tenant, name: name, version: version, isOrdered: ordered)
        if let known = known(key) { return known.content }
        let content = try await parties.template(tenant: tenant, name: name, version: version).map {
            try StreamContent($0, ordered: ordered)
        }
        keep(content, key)
        return content
    }

    /// The template through which texts of a request's own pass as they are; made at its first use.
    package func verbatim(tenant: Int64, channel: Channel, ordered: Bool = false) async throws -> StreamContent {
        let name = VerbatimTemplate.name(of: channel)
        if let known = try await content(tenant: tenant, name: name, ordered: ordered) { return known }
        let content = try StreamContent(
            try await parties.addTemplate(
                tenant: tenant, name: name, channel: channel, content: VerbatimTemplate.content(of: channel)),
            ordered: ordered)
        keep(content, Name(tenant: tenant, name: name, version: nil, isOrdered: ordered))
        return content
    }

    package func stream(_ key: StreamKey, _ content: StreamContent) -> MessageStream {
        state.withLock { state in
            if let known = state.streams[key] { return known }
            if state.streams.count >= Self.capacity { state.streams.removeAll() }
            let stream = MessageStream(key: key, content: content, store: store)
            state.streams[key] = stream
            return stream
        }
    }

    private func known(_ name: Name) -> (content: StreamContent?, read: ContinuousClock.Instant)? {
        state.withLock { state in
            guard let known = state.contents[name], known.read.duration(to: .now) < Self.lifetime else { return nil }
            return known
        }
    }

    /// What isn't there is remembered too, but not for long: somebody is about to make it.
    private func keep(_ content: StreamContent?, _ name: Name) {
        state.withLock { state in
            if state.contents.count >= Self.capacity { state.contents.removeAll() }
            state.contents[name] = content == nil ? nil : (content, .now)
        }
    }
}

/// The templates through which a text passes as it is. Their names can't be given to templates of people.
package enum VerbatimTemplate {
    package static let prefix = "herald."

    package static func isOne(_ name: String) -> Bool { name.hasPrefix(prefix) }

    package static func name(of channel: Channel) -> String { prefix + channel.rawValue }

    /// Which parts a text may have on a channel.
    package static func parts(of channel: Channel) -> [String] {
        switch channel {
        case .email: ["subject", "text", "html"]
        case .push: ["title", "text"]
        default: ["text"]
        }
    }

    static func content(of channel: Channel) -> String {
        var parts = JSONObject()
        for part in self.parts(of: channel) {
            let isNeeded = channel == .email ? part == "subject" : part == "text"
            parts[part] = .string(isNeeded ? "{{ \(part) }}" : "{{ \(part) | default: '' }}")
        }
        return JSON(
            dictionaryLiteral: ("channel", .string(channel.rawValue)), ("default_locale", "en"),
            ("locales", ["en": .object(parts)])
        ).text
    }
}
