import Testing

@testable import HTTPServer

@Suite struct TraceContextTests {
    private static let whole = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

    @Test func comesBackAsItWas() {
        let trace = TraceContext(header: Array(Self.whole.utf8)[...])
        #expect(trace?.header == Self.whole)
        #expect(trace?.traceID == "4bf92f3577b34da6a3ce929d0e0e4736" && trace?.flags == 1)
        let later = "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what-comes"
        #expect(TraceContext(header: Array(later.utf8)[...])?.span == 0x00F0_67AA_0BA9_02B7)
    }

    @Test(arguments: [
        "", "00", "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        "00-4BF92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", whole + "-x", whole + "0", "0" + whole.dropLast(),
        "00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    ]) func whatIsNotOneIsNotTaken(text: String) {
        #expect(TraceContext(header: Array(text.utf8)[...]) == nil)
    }
}
