private import Foundation

/// What a person asks for with a reply of one word: to get no more marketing, or to get it again.
///
/// Only a word that stands alone counts: “stop it” is talk. Case, width, accents and punctuation don't matter.
package enum ReplyKeyword: Sendable, Hashable {
    case stop
    case start

    /// Nil where the text is something else.
    package init?(_ text: String) {
        let word = Self.folded(text)
        if Self.stops.contains(word) {
            self = .stop
        } else if Self.starts.contains(word) {
            self = .start
        } else {
            return nil
        }
    }

    /// By language; all of them count everywhere, because a sender's readers are not all of one country.
    private static let stops = set([
        // What carriers demand.
        "stop", "stopall", "stop all", "unsubscribe", "cancel", "end", "quit", "optout", "opt out", "revoke",
        // German
        "stopp", "stoppen", "abmelden", "abbestellen", "beenden",
        // French
        "arret", "arreter", "desabonner", "desinscrire",
        // Spanish
        "baja", "alto", "parar", "cancelar", "detener",
        // Portuguese
        "sair", "pare", "descadastrar",
        // Italian
        "ferma", "basta", "annulla", "disiscrivi", "disdici",
        // Dutch
        "afmelden", "uitschrijven",
        // Polish
        "wypisz", "rezygnuje", "koniec",
        // Russian
        "стоп", "отписаться", "отмена", "отписка",
        // Arabic
        "توقف", "ايقاف", "إيقاف", "الغاء", "إلغاء",
        // Chinese
        "退订", "退訂", "停止", "取消", "td",
        // Japanese
        "配信停止", "ストップ", "解除",
        // Hindi
        "रोकें", "बंद", "बंद करें", "रुकें",
    ])

    private static let starts = set([
        "start", "unstop", "yes", "resume", "subscribe", "optin", "opt in", "anmelden", "alta", "iniciar", "старт",
    ])

    private static func set(_ words: [String]) -> Set<String> { Set(words.map { folded($0) }) }

    /// Letters and digits of every script, small, without accents and width; runs of anything else are one space,
    /// and none at the ends.
    private static func folded(_ text: String) -> String {
        // Nobody's one word is longer; a long text need not be looked at whole.
        guard text.utf8.count <= 200 else { return "" }
        var out = String.UnicodeScalarView()
        var gap = false
        for scalar in text.decomposedStringWithCompatibilityMapping.lowercased().unicodeScalars {
            switch scalar.properties.generalCategory {
            case .nonspacingMark, .enclosingMark, .format: continue
            case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .spacingMark,
                .decimalNumber, .letterNumber, .otherNumber:
                if gap, !out.isEmpty { out.append(" ") }
                gap = false
                out.append(scalar)
            default: gap = true
            }
        }
        return String(out)
    }
}
