import Crypto
import Domain
import HTTPServer

/// The body of `POST /v1/campaigns` as it arrives: recipients come out in lines, the rest is there at the end.
struct CampaignBody {
    private var pieces: BodyPieces
    private var scanner = RecipientsScanner()
    private var running: RunningDigest?

    init(_ request: HTTPRequest, wantsDigest: Bool) {
        pieces = request.content.pieces()
        if wantsDigest { running = RunningDigest() }
    }

    /// Of everything that was read.
    var digest: [UInt8] { running?.end() ?? [] }
    var hasRecipients: Bool { scanner.headLength != nil }

    /// What stands before the recipients.
    func head() throws(Problem) -> JSON { try FieldReader.parse(scanner.head ?? []) }

    /// Everything but the recipients; at the end.
    func rest() throws(Problem) -> JSON { try FieldReader.parse(scanner.rest) }

    /// More lines of recipients, perhaps none yet; nil at the end of the body.
    mutating func next() async throws -> [UInt8]? {
        guard let piece = try await pieces.next() else {
            do { try scanner.finish() } catch { throw Self.problem(error) }
            return nil
        }
        running?.add(piece)
        var lines: [UInt8] = []
        lines.reserveCapacity(piece.count + piece.count / 32)
        do { try scanner.feed(piece, into: &lines) } catch { throw Self.problem(error) }
        return lines
    }

    private static func problem(_ fault: RecipientsScanner.Fault) -> Problem {
        switch fault {
        case .malformed: Problem(.malformed, "The list recipients is no JSON.")
        case .unfinished: Problem(.malformed, "The body ends inside of the list recipients.")
        case .tooDeep: Problem(.malformed, "A recipient has lists and objects that are nested too deep.")
        case .repeated: .invalid("/recipients", "repeated", "recipients is there twice.")
        case .notAnObject:
            .invalid("/recipients", "type", #"Each recipient must be an object, such as {"phone": "+6591234567"}."#)
        case .restTooLong:
            Problem(.tooLarge, "Beside recipients the body may have \(RecipientsScanner.restLimit) bytes.")
        }
    }
}
