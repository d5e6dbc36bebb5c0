import Domain
import Testing

struct ReplyKeywordTests {
    @Test(arguments: [
        "STOP", "stop", " Stop. ", "STOP!!!", "\"stop\"", "ＳＴＯＰ", "S\u{301}TOP", "stop\u{200B}", "STOPALL", "Stop all",
        "UNSUBSCRIBE", "cancel", "END", "Quit", "ARRET", "Arrêt", "arre\u{302}t", "STOPP", "Abmelden", "BAJA", "alto",
        "PARAR", "Sair", "Ferma", "afmelden", "WYPISZ", "СТОП", "стоп", "توقف", "إيقاف", "退订", "停止", "ストップ", "ｽﾄｯﾌﾟ",
        "रोकें", "STOP 🛑",
    ])
    func aWordThatStandsAloneStops(text: String) { #expect(ReplyKeyword(text) == .stop) }

    @Test(arguments: ["START", "unstop", "Yes!", "ＹＥＳ", "Старт"])
    func aWordThatStandsAloneStarts(text: String) { #expect(ReplyKeyword(text) == .start) }

    @Test(arguments: [
        "", "?", "stop it", "please stop", "don't stop", "nonstop", "stopover", "yes please", "the end", "1",
        "STOP STOP",
        String(repeating: "stop", count: 100),
    ])
    func everythingElseIsTalk(text: String) { #expect(ReplyKeyword(text) == nil) }
}
