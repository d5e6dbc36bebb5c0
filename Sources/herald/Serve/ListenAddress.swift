import Foundation
import HTTPServer

/// An address and a port to listen at.
struct ListenAddress {
    let host: String
    let port: UInt16

    /// `example`: the port in what is said of a text that is none.
    init(_ text: String, example: Int) throws {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
            throw CommandError.usage(
                "“\(text)” is no address and port; write 127.0.0.1:\(example) or [::]:\(example).")
        }
        host = text[..<colon].trimmingCharacters(in: CharacterSet(charactersIn: "[]"))
        self.port = port
    }

    /// As it stands in a URL; `port` is the one that was given, where any would do.
    func shown(port: UInt16) -> String { "\(host.contains(":") ? "[\(host)]" : host):\(port)" }
}

extension Arguments {
    /// An option, else a variable of the environment that is not empty.
    func setting(_ option: String, _ variable: String) -> String? {
        text(option) ?? environment[variable].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Networks in a list with commas.
    static func networks(_ words: String) throws -> [IPNetwork] {
        try words.split(separator: ",").map { word in
            guard let network = IPNetwork(word.trimmingCharacters(in: .whitespaces)) else {
                throw CommandError.usage("“\(word)” is no address and no network; write 10.0.0.5 or 10.0.0.0/8.")
            }
            return network
        }
    }
}
