import Domain
import HTTPServer

extension APICall {
    /// The trace that the caller keeps. One that it only passes through is not taken up: most calls are of such.
    var trace: TraceParent? {
        let trace = request.trace
        guard request.isTraced, trace.isSampled else { return nil }
        return TraceParent(high: trace.traceHigh, low: trace.traceLow, span: trace.span, flags: trace.flags)
    }
}
