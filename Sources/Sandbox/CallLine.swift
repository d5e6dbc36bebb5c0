import Domain
import Senders

/// A call as a line of the log.
enum CallLine {
    /// Without the end of the verdict's story: what is logged is what will be answered.
    static func text(_ call: SandboxCall, _ decision: SandboxState.Decision) -> [UInt8] {
        var line: [UInt8] = []
        line.reserveCapacity(224)
        line.append("{\"n\":")
        line.append(decimal: Int64(decision.number))
        line.append(",\"at\":\"")
        line.append(contentsOf: Timestamp.now.description.utf8)
        line.append("\",\"id\":")
        line.append(jsonString: call.id)
        line.append(",\"key\":")
        line.append(jsonString: call.key)
        line.append(",\"to\":")
        line.append(jsonString: call.to)
        line.append(",\"attempt\":")
        line.append(decimal: Int64(call.attempt ?? 1))
        line.append(",\"answered\":\"")
        if decision.isReplay { line.append("replay") } else { line.append(contentsOf: decision.verdict.rawValue.utf8) }
        line.append("\",\"taken\":")
        let isTaken = decision.verdict.isTaken && !decision.isReplay
        line.append(isTaken ? "true" : "false")
        line.append(",\"reference\":\"")
        SandboxReference.append(decision.reference, to: &line)
        line.append("\"}\n")
        return line
    }
}
