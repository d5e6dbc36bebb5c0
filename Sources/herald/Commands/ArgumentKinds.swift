import Domain
import Foundation
import Storage

/// Values that several commands take, checked in one place.
extension Arguments {
    /// A name of a tenant, source, template or provider: what the database allows, said in words.
    static func name(_ text: String) throws -> String {
        let bytes = Array(text.utf8)
        let isFine =
            (1...63).contains(bytes.count)
            && bytes.enumerated().allSatisfy { place, byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
                case 0x2D, 0x2E, 0x5F: place > 0
                default: false
                }
            }
        guard isFine else {
            throw CommandError.usage(
                "“\(text.prefix(80))” is no name: up to 63 letters, digits, “.”, “_” and “-”, the first a letter or a digit."
            )
        }
        return text
    }

    /// Digits of an international number, with or without its `+`.
    func prefix(_ option: String) throws -> String? {
        try text(option).map { text in
            let digits = text.hasPrefix("+") ? text.dropFirst() : text[...]
            guard (1...15).contains(digits.utf8.count), digits.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else {
                throw CommandError.usage(
                    "--\(option) takes the first digits of international numbers such as 65 or +6512, not “\(text)”.")
            }
            return String(digits)
        }
    }

    /// A country that there is.
    func country(_ option: String) throws -> Region? {
        try text(option).map { try Self.country($0, in: "--" + option) }
    }

    static func country(_ text: String, in place: String) throws -> Region {
        guard let region = Region(text), region.code.utf8.count == 2, countries.contains(region.code) else {
            throw CommandError.usage(
                "\(place) takes a country of two letters such as SG or GB; there is no “\(text)”.")
        }
        return region
    }

    private static let countries = Set(Locale.Region.isoRegions.map(\.identifier))

    /// The IANA name of a zone.
    func timeZone(_ option: String) throws -> String? {
        try text(option).map { text in
            let isName = text == "UTC" || (text.contains("/") && !text.contains("..") && !text.hasPrefix("/"))
            guard isName, TimeZone(identifier: text) != nil else {
                throw CommandError.usage("--\(option) takes a time zone such as Asia/Singapore or UTC, not “\(text)”.")
            }
            return text
        }
    }

    /// A domain as checked addresses have it: in small letters and in its own script.
    static func domain(_ text: String) throws -> String {
        let name = text.hasPrefix("@") || text.hasPrefix(".") ? text.dropFirst() : text[...]
        let bytes = Array("x@\(name)".utf8)
        var normal: [UInt8] = []
        guard case .success = EmailAddress.check(bytes.span, into: &normal) else {
            throw CommandError.usage("--domain takes a domain such as example.org, not “\(text)”.")
        }
        return String(decoding: normal.dropFirst(2), as: UTF8.self)
    }

    /// The number of a price, route or entry that `list` shows.
    func number() throws -> Int64 {
        guard let number = Int64(operands[0]), number > 0, number <= Int32.max else {
            throw CommandError.usage("“\(operands[0])” is no number of an entry; the list shows them.")
        }
        return number
    }
}

/// Says in words what a unique key refused; everything else goes on as it is.
func refusing<T>(_ sentence: @autoclosure () -> String, _ body: () async throws -> T) async throws -> T {
    do {
        return try await body()
    } catch StorageError.constraint {
        throw CommandError.failed(sentence())
    }
}

extension Option {
    static let tenant = value("tenant", "T", "the tenant it belongs to")
}
