import Domain
import Senders

/// `herald provider kinds`: whom Herald can send through, and what an account needs.
enum ProviderKindCommands {
    static let commands: [Command] = [
        Command(
            "provider kinds", "show the kinds of providers, their channels and settings", operands: "[KIND]",
            example: "herald provider kinds twilio"
        ) { arguments, screen in
            let kinds = try arguments.operands.first.map { [try ProviderSettings.kind($0)] } ?? ProviderCatalogue.kinds
            for kind in kinds {
                screen.line("\(kind): \(channels(kind))")
                for line in wrapped((ProviderCatalogue.settings(of: kind) ?? []).map(marked)) {
                    screen.line("    \(line)")
                }
            }
            screen.line("every kind:")
            for line in wrapped(ProviderCatalogue.commonSettings.map(marked)) { screen.line("    \(line)") }
            screen.line("\n* is never shown. What is missing or wrong is said when the account is added.")
            screen.json(.array(kinds.map(json)))
            return .done
        }
    ]

    private static func channels(_ kind: String) -> String {
        let channels = ProviderCatalogue.channels(of: kind) ?? []
        return channels.count == Channel.allCases.count
            ? "every channel" : channels.map(\.rawValue).joined(separator: ", ")
    }

    private static func marked(_ name: String) -> String { MaskedSettings.isHidden(name) ? name + "*" : name }

    private static func json(_ kind: String) -> JSON {
        let names = (ProviderCatalogue.settings(of: kind) ?? []) + ProviderCatalogue.commonSettings
        return [
            "kind": .string(kind),
            "channels": .array((ProviderCatalogue.channels(of: kind) ?? []).map { .string($0.rawValue) }),
            "settings": .array(names.map { ["name": .string($0), "hidden": .bool(MaskedSettings.isHidden($0))] }),
        ]
    }

    private static func wrapped(_ words: [String]) -> [String] {
        var lines: [String] = []
        for (place, word) in words.enumerated() {
            let word = place < words.count - 1 ? word + "," : word
            if let last = lines.last, last.count + word.count < 90 {
                lines[lines.count - 1] = last + " " + word
            } else {
                lines.append(word)
            }
        }
        return lines
    }
}
