import Testing

@testable import Storage

@Suite struct ConnectionParametersTests {
    private let parameters = ConnectionParameters(
        host: #"/it's\here"#, port: 5432, user: "herald", database: "herald", password: "hidden")

    @Test func valuesAreQuoted() {
        #expect(parameters.connectionString.hasPrefix(#"host='/it\'s\\here' port='5432' user='herald'"#))
    }

    @Test func thePasswordIsNotShown() {
        #expect(!"\(parameters)".contains("hidden"))
        #expect(!String(reflecting: parameters).contains("hidden"))
        var dumped = ""
        dump(parameters, to: &dumped)
        #expect(!dumped.contains("hidden"))
    }
}
