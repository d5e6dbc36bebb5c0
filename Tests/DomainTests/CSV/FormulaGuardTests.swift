import Domain
import Testing

@Suite struct FormulaGuardTests {
    @Test(arguments: [
        ("=1+1", true), ("+6591234567", false), ("+65 9", true), ("+", true), ("-12.50", false), ("-12.5.0", true),
        ("-", true),
        ("-1+cmd", true), ("@x", true), ("\tx", true), ("\rx", true), ("\0", true), ("x=1", false), ("", false),
        ("12", false), ("  =x", true), (" x", false), ("\u{A0}\u{FF1D}1", true), ("é=1", false),
    ])
    func guardsFormulasAndSparesNumbers(cell: String, needed: Bool) {
        let bytes = Array(cell.utf8)
        let isNeeded = FormulaGuard.needs(bytes.span, sparingNumbers: true)
        #expect(isNeeded == needed)
    }
}
