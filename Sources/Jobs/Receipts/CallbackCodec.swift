import Domain
import Senders
import Storage

/// A callback as bytes: the notation in which the store keeps it. A version, then texts and the body, each with its
/// length before it.
package enum CallbackCodec {
    private static let version: UInt8 = 1

    package static func encode(_ callback: ProviderCallback) -> [UInt8] {
        var out = [version]
        append(callback.receivedAt.micros, to: &out)
        for text in [callback.provider, callback.kind, callback.contentType, callback.method, callback.url] {
            append(Array(text.utf8), to: &out)
        }
        append(Int64(callback.headers.count), to: &out)
        for header in callback.headers {
            append(Array(header.name.utf8), to: &out)
            append(Array(header.value.utf8), to: &out)
        }
        append(callback.body, to: &out)
        return out
    }

    /// Nil where it is another notation, or damaged.
    package static func decode(_ bytes: [UInt8]) -> ProviderCallback? {
        guard bytes.first == version else { return nil }
        var rest = bytes[1...]
        guard let received = integer(&rest), let provider = text(&rest), let kind = text(&rest),
            let contentType = text(&rest), let method = text(&rest), let url = text(&rest), let count = integer(&rest),
            count >= 0, count <= rest.count
        else { return nil }
        var headers: [ProviderCallback.Header] = []
        for _ in 0..<count {
            guard let name = text(&rest), let value = text(&rest) else { return nil }
            headers.append(ProviderCallback.Header(name: name, value: value))
        }
        guard let body = field(&rest), rest.isEmpty else { return nil }
        return ProviderCallback(
            provider: provider, receivedAt: Timestamp(micros: received), kind: kind, contentType: contentType,
            body: Array(body), method: method, url: url, headers: headers)
    }

    /// What makes two callbacks of one account the same: when it came and the headers, whose signatures carry times,
    /// don't count.
    package static func identity(_ callback: ProviderCallback) -> [UInt8] {
        var out: [UInt8] = []
        append(Array(callback.url.utf8), to: &out)
        return out + callback.body
    }

    private static func append(_ value: Int64, to out: inout [UInt8]) {
        withUnsafeBytes(of: value.bigEndian) { out.append(contentsOf: $0) }
    }

    private static func append(_ field: [UInt8], to out: inout [UInt8]) {
        append(Int64(field.count), to: &out)
        out += field
    }

    private static func integer(_ rest: inout ArraySlice<UInt8>) -> Int64? {
        guard rest.count >= 8 else { return nil }
        let value = rest.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        rest = rest.dropFirst(8)
        return Int64(bitPattern: value)
    }

    private static func field(_ rest: inout ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        guard let count = integer(&rest), count >= 0, count <= rest.count else { return nil }
        let field = rest.prefix(Int(count))
        rest = rest.dropFirst(Int(count))
        return field
    }

    private static func text(_ rest: inout ArraySlice<UInt8>) -> String? {
        field(&rest).map { String(decoding: $0, as: UTF8.self) }
    }
}
