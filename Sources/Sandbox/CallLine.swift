import Domain
import Senders

/// A call as lines of the log, one for each recipient.
enum CallLine {
    /// Without the end of the verdict's story: what is logged is what will be answered.
    static func text(_ group: [SandboxCall], _ decision: SandboxState.Decision, reference: [UInt8]) -> [UInt8] {
        var lines: [UInt8] = []
        lines.reserveCapacity(224 * group.count)
        for (place, call) in group.enumerated() { append(call, place, decision, reference, to: &lines) }
        return lines
    }

    private static func append(
        _ call: SandboxCall, _ place: Int, _ decision: SandboxState.Decision, _ reference: [UInt8],
        to line: inout [UInt8]
    ) {
        line.append("{\"n\":")
        line.append(decimal: Int64(decision.number + place))
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
        line.append(",\"reference\":")
        line.append(jsonString: reference)
        line.append("}\n")
    }
}
