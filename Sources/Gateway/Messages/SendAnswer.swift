import Domain
import HTTPServer
import Jobs
import Storage

/// What the sender of a request is told: a verdict for each recipient, in the order of the request.
struct SendAnswer: Sendable {
    let verdicts: [SendPlan.Verdict]
    let plan: SendPlan
    let references: [String]

    func stored(_ accepted: [Submission.Verdict]) -> StoredAnswer {
        var next = accepted.makeIterator()
        return answer { next.next() }
    }

    /// Of a test key: everything was checked, nothing is sent, and there is nothing to look up.
    func test() -> HTTPResponse {
        let answer = answer { nil }
        return .json(status: answer.status, answer.body)
    }

    /// Written by hand: a request of a thousand has a thousand of these, and this is the way of one-time passwords.
    private func answer(_ next: () -> Submission.Verdict?) -> StoredAnswer {
        var counts = (accepted: 0, repeated: 0, rejected: 0)
        var out = Array(#"{"messages":["#.utf8)
        out.reserveCapacity(64 + verdicts.count * 64)
        for (place, verdict) in verdicts.enumerated() {
            if place > 0 { out.append(0x2C) }
            switch verdict {
            case .goes(_, let way):
                switch next() {
                case .accepted(let id)?:
                    counts.accepted += 1
                    out +=
                        #"{"id":"\#(id.rawValue)","status":"accepted","channel":"\#(plan.ways[way].channel.rawValue)""#
                        .utf8
                case .repeated(let id)?:
                    counts.repeated += 1
                    out +=
                        #"{"id":"\#(id.rawValue)","status":"duplicate","channel":"\#(plan.ways[way].channel.rawValue)""#
                        .utf8
                case nil:
                    counts.accepted += 1
                    out += #"{"id":null,"status":"accepted","channel":"\#(plan.ways[way].channel.rawValue)""#.utf8
                }
            case .refused(let fault, _):
                counts.rejected += 1
                out += #"{"id":null,"status":"rejected","rule":"\#(fault.rule)","detail":"#.utf8
                JSONText.appendQuoted(fault.detail, into: &out)
            }
            if !references[place].isEmpty {
                out += #","reference":"#.utf8
                JSONText.appendQuoted(references[place], into: &out)
            }
            out.append(0x7D)
        }
        out +=
            #"],"accepted":\#(counts.accepted),"duplicates":\#(counts.repeated),"rejected":\#(counts.rejected)}"#.utf8
        return StoredAnswer(status: 202, body: out)
    }
}
