/// A file that goes with every message of a batch.
package struct Attachment: Sendable, Hashable {
    package var name: String
    /// The media type, such as `application/pdf`.
    package var type: String
    package var bytes: [UInt8]

    package init(name: String, type: String, bytes: [UInt8]) {
        self.name = name
        self.type = type
        self.bytes = bytes
    }
}
