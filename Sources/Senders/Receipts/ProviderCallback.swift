import Domain

/// Something that a provider sent by itself, stored raw before anybody reads it: how it is read may have to be
/// corrected later, and reading it again must be possible.
package struct ProviderCallback: Sendable, Hashable {
    /// The provider's name in this installation.
    package var provider: String
    package var receivedAt: Timestamp
    /// The kind of provider, which says who can read the body: `smpp`.
    package var kind: String
    /// The body's type, with what its reader must know besides.
    package var contentType: String
    package var body: [UInt8]
    /// Over HTTP: the method, the whole URL as the provider called it, and the headers, which carry signatures.
    package var method: String
    package var url: String
    package var headers: [Header]

    package struct Header: Sendable, Hashable {
        /// In lower case.
        package var name: String
        package var value: String

        package init(name: String, value: String) {
            self.name = name.lowercased()
            self.value = value
        }
    }

    package init(
        provider: String, receivedAt: Timestamp, kind: String, contentType: String, body: [UInt8], method: String = "",
        url: String = "", headers: [Header] = []
    ) {
        self.provider = provider
        self.receivedAt = receivedAt
        self.kind = kind
        self.contentType = contentType
        self.body = body
        self.method = method
        self.url = url
        self.headers = headers
    }

    package func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
}
