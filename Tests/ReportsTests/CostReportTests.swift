import Domain
import Reports
import Storage
import TestDatabase
import Testing

@Suite(.database) struct CostReportTests {
    private static let header =
        "tenant,source,cost_centre,campaign_id,campaign,channel,category,provider,country,currency,messages,delivered,sent,undelivered,"
        + "bounced,complained,failed,unknown,rejected,expired,cancelled,attempts,segments,unit_price,amount,unpriced\r\n"

    @Test func holdsTheDayAndNothingElse() async throws {
        let bench = try await ReportBench()
        try await bench.fill()
        let report = try await bench.cost()
        let campaign = "acme,shop,4711,1,\"'=SUM(A1), \"\"spring\"\"\",sms,marketing,telco"
        #expect(
            String(decoding: report.main.csv, as: UTF8.self) == Self.header
                + "\(campaign),MY,USD,1,0,1,0,0,0,0,0,0,0,0,1,1,1.000000,1.000000,0\r\n"
                + "\(campaign),SG,SGD,14,0,11,0,0,0,3,0,0,0,0,16,15,0.034000,0.510001,0\r\n"
                + "\(campaign.replacing("sms", with: "voice")),SG,SGD,0,0,0,0,0,0,0,0,0,0,0,1,1,0.090000,0.090000,0\r\n"
                + "beta,,,2,plain,sms,otp,,GB,,7,0,0,0,0,0,0,0,7,0,0,7,0,,0.000000,0\r\n"
                // Nobody knows what these cost: it is not zero.
                + "beta,,,2,plain,sms,otp,globe,GB,,4,0,4,0,0,0,0,0,0,0,0,4,4,,,4\r\n")
        #expect(report.totals.map(\.currency) == ["", "SGD", "USD"])
        #expect(report.totals.map(\.cost) == [0, 600_001, 1_000_000])
        #expect(report.totals.map(\.unpriced) == [4, 0, 0])
        #expect(
            report.missing.map { "\($0.provider) \($0.channel) \($0.country) \($0.attempts)" } == ["globe sms GB 4"])
    }

    @Test func breakdownsAddUpToTheWhole() async throws {
        let bench = try await ReportBench()
        try await bench.fill()
        let report = try await bench.cost()
        for table in report.tables.dropFirst() where table.name != "no-price" {
            let place = try #require(table.columns.firstIndex(of: "amount"))
            let sum = table.rows.reduce(into: Int64(0)) { if case .money(let micros) = $1[place] { $0 += micros } }
            #expect(sum == 1_600_001, "\(table.name)")
        }
    }

    @Test func amountsAreConvertedByTheLastRateUpToTheEnd() async throws {
        let bench = try await ReportBench()
        try await bench.fill()
        let rates = RateStore(database: bench.database)
        let (dollar, local) = (try #require(Currency("USD")), try #require(Currency("SGD")))
        await #expect(throws: ReportError.self) { try await bench.cost(currency: "SGD") }
        for (day, rate) in [("2026-02-01", "1.3"), ("2026-03-01", "1.3333333"), ("2026-03-02", "9")] {
            try await rates.add(
                from: dollar, to: local, day: try #require(CivilDate(day)), rate: try #require(ExchangeRate(rate)))
        }
        let report = try await bench.cost(currency: "SGD")
        #expect(report.main.columns.last == "amount_sgd")
        #expect(report.totals.map(\.converted) == [0, 600_001, 1_333_333])
        #expect(report.rates.map(\.day) == ["2026-03-01"])
        let missing = await #expect(throws: ReportError.self) { try await bench.cost(currency: "EUR") }
        #expect(missing?.description.contains("SGD, USD to EUR for 2026-03-01") == true)
    }

    @Test func anEmptyDayHasAHeaderOnly() async throws {
        let bench = try await ReportBench()
        try await bench.fill()
        #expect(String(decoding: try await bench.cost("2019-04-14").main.csv, as: UTF8.self) == Self.header)
    }
}
