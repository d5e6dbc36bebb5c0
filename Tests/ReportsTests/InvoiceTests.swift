import Domain
import Reports
import Testing

@Suite struct InvoiceTests {
    private func invoice(_ text: String, columns: [String: String] = [:]) throws -> Invoice {
        try Invoice(Array(text.utf8), path: "invoice.csv", columns: columns)
    }

    @Test(arguments: [
        "Message SID,To,Price,Price Unit\r\nSM1,+65,-0.0425,usd\r\nSM2,+65,0.1,USD\r\n",
        "\u{FEFF}date;message_sid;amount;currency\n2026-03-01;SM1;0,0425;USD\n2026-03-01;SM2;0,1;USD\n\n;Total;0,1425;\n"
            .replacing(";Total;", with: ";;"),
        "reference\tcost\tcurrency code\nSM1\t0.042500\tUSD\n\"SM2\"\t1e-1\tUSD",
        "MESSAGE-ID|Net Amount|Currency\n SM1 | 0.0425 | USD \nSM2|.1|USD\n",
    ]) func findsItsColumnsByName(text: String) throws {
        let lines = try invoice(text).lines
        #expect(lines.map(\.reference) == ["SM1", "SM2"])
        #expect(lines.map(\.micros) == [42_500, 100_000])
        #expect(lines.map(\.currency) == ["USD", "USD"])
    }

    @Test func aNamedColumnGoesBeforeTheUsualOnes() throws {
        let text = "id,our_ref,price,gross\n1,SM1,0.1,0.2\n"
        let found = try invoice(text, columns: ["reference": "Our Ref", "amount": "gross"])
        #expect(found.lines.first?.reference == "SM1" && found.lines.first?.micros == 200_000)
        #expect(found.columns.map(\.column) == ["our_ref", "gross"])
    }

    @Test(arguments: [
        ("", "is empty"), ("Foo,Bar\n1,2\n", "“Foo”, “Bar”"), ("sid,foo\nSM1,2\n", "--amount-column"),
        ("sid,price\nSM1,cheap\n", "Line 2: “cheap” is no amount"), ("sid,price,sid\nSM1,1,SM2\n", "twice"),
        ("sid,price,currency\nSM1,1,Dollars\n", "is no currency"),
        (
            "sid,price,currency\nSM1,1,USD\nSM2,1,UDS\n",
            "Line 3: “UDS” is no currency in use (ISO 4217). Did you mean USD?"
        ),
        ("sid,price\n\"SM1,1\n", "never closed"),
        ("sid,price\n,5\n", "names a message"),
    ]) func oddFilesAreRefusedInWords(text: String, why: String) {
        let fault = #expect(throws: ReportError.self) { try invoice(text) }
        #expect(fault?.description.contains(why) == true, "\(fault?.description ?? "")")
        #expect(fault?.description.contains("invoice.csv") == true)
    }

    @Test func whatIsNotTextIsRefused() {
        #expect(throws: ReportError.self) { try Invoice([0x73, 0xFF, 0xFE], path: "x") }
        #expect(throws: ReportError.self) { try invoice("sid,price\nSM1,1\n", columns: ["amount": "total"]) }
    }
}
