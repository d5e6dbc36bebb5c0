/// The currencies that are paid with, by ISO 4217 as published on 1 January 2026: its list of those in use without funds,
/// metals, units of account, and the codes for tests and for none.
enum CurrencyTable {
    static let inUse = Set(
        """
        AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP
        CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG
        HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL
        MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR
        RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD
        TZS UAH UGX USD UYU UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG
        """.split { $0 == " " || $0 == "\n" }.map(String.init))

    /// What somebody may still write, and what is paid with instead.
    static let successors: [String: String] = {
        var all = [
            "ANG": "XCG", "BYR": "BYN", "CUC": "CUP", "MRO": "MRU", "SLL": "SLE", "STD": "STN", "VEF": "VES",
            "ZMK": "ZMW",
            "ZWL": "ZWG",
        ]
        let before = "ATS BEF BGN CYP DEM EEK ESP FIM FRF GRD HRK IEP ITL LTL LUF LVL MTL NLG PTE SIT SKK"
        for code in before.split(separator: " ") { all[String(code)] = "EUR" }
        return all
    }()

    /// Where many are as near as each other none is meant.
    private static let mostNear = 4

    /// Codes in use from which letters behind the third were added, two changed places, or else one is another.
    static func near(_ text: some StringProtocol) -> [String] {
        let letters = Array(text.uppercased().utf8)
        if letters.count > 3, let start = String(bytes: letters.prefix(3)), inUse.contains(start) { return [start] }
        guard letters.count == 3 else { return [] }
        let swapped = [[letters[1], letters[0], letters[2]], [letters[0], letters[2], letters[1]]]
        let exchanged = swapped.compactMap { String(bytes: $0) }.filter { inUse.contains($0) }
        guard exchanged.isEmpty else { return Set(exchanged).sorted() }
        let found = inUse.filter { code in zip(code.utf8, letters).count { $0 != $1 } == 1 }
        return found.count <= mostNear ? found.sorted() : []
    }
}

extension String {
    fileprivate init?(bytes: some Sequence<UInt8>) { self.init(validating: Array(bytes), as: UTF8.self) }
}
