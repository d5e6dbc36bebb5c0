import Domain
import Senders

/// What is wrong with the command line.
package struct SandboxUsageError: Error, CustomStringConvertible {
    package let description: String
}

extension SandboxOptions {
    package static let help = """
        herald sandbox: a provider that sends nothing, as an HTTP server.

        It takes POST /send with JSON or a form ({"id", "to", "from", "text", "attempt", "segments"}) and answers
        {"reference", "status", "price", "currency"}. Recipients that end in 955590NN, or bounce@, temporary@,
        hang@ and so on, are answered with a fault. POST /control {"mode": "hang", "count": 3} sets a fault for the
        next calls. GET /log/count counts the calls, GET /health says that it lives.

        It also takes what providers' own libraries send, and answers as they do, faults included: Twilio's
        /2010-04-01/Accounts/AC…/Messages.json and Calls.json, SendGrid's /v3/mail/send, Firebase's /token and
        /v1/projects/…/messages:send. The log has a line for each recipient.

          --port P              where it listens (8099; 0 lets the system choose)
          --address A           on which address (127.0.0.1)
          --threads N           polling threads (1)
          --log FILE            a line of JSON for each call, synced to disk before the reply
          --no-log              no log (the default)
          --idempotent          calls with an Idempotency-Key seen before are not sent again
          --latency-ms N        --jitter-ms N
          --error-rate R        share of calls refused for now; also --permanent-rate, --throttle-rate, --in-doubt-rate
          --rate N              calls taken per second, the rest gets 429
          --retry-after S       seconds that a refused call is told to wait (1)
          --price P --currency C   price of a segment, such as 0.0075 USD
          --seed N              the same seed meets the same errors
          --no-magic            no magic recipients
          --late-ms N  --drip-ms N  --hang-ms N   how the faults look in time

        Example:  herald sandbox --port 8099 --log calls.ndjson --error-rate 0.02
        """

    package init(arguments: [String]) throws(SandboxUsageError) {
        self.init()
        var rest = arguments[...]
        var currency = "USD"
        var price: Int64?
        while let option = rest.popFirst() {
            switch option {
            case "--no-log": logPath = nil
            case "--idempotent": isIdempotent = true
            case "--no-magic": settings.magic = false
            case "--address": address = try Self.value(option, &rest)
            case "--log": logPath = try Self.value(option, &rest)
            case "--currency": currency = try Self.value(option, &rest)
            case "--port": port = UInt16(try Self.integer(option, &rest, 0...65535))
            case "--threads": threads = try Self.integer(option, &rest, 1...64)
            case "--latency-ms": settings.latency = try Self.milliseconds(option, &rest)
            case "--jitter-ms": settings.jitter = try Self.milliseconds(option, &rest)
            case "--late-ms": faults.lateness = try Self.milliseconds(option, &rest)
            case "--drip-ms": faults.dripInterval = try Self.milliseconds(option, &rest)
            case "--hang-ms": faults.hang = try Self.milliseconds(option, &rest)
            case "--error-rate", "--temporary-rate": settings.temporaryRate = try Self.share(option, &rest)
            case "--permanent-rate": settings.permanentRate = try Self.share(option, &rest)
            case "--throttle-rate": settings.throttleRate = try Self.share(option, &rest)
            case "--in-doubt-rate": settings.inDoubtRate = try Self.share(option, &rest)
            case "--rate": settings.ratePerSecond = try Self.integer(option, &rest, 1...10_000_000)
            case "--retry-after": settings.retryAfter = .seconds(try Self.integer(option, &rest, 0...86_400))
            case "--seed": settings.seed = UInt64(try Self.integer(option, &rest, 0...Int.max))
            case "--price":
                let text = try Self.value(option, &rest)
                do throws(PriceText.Fault) { price = try PriceText.micros(text) } catch {
                    throw SandboxUsageError(
                        description: "--price must be an amount such as 0.0075, not \(text): \(error).")
                }
            default:
                throw SandboxUsageError(description: "\(option) is unknown; herald sandbox --help lists the options.")
            }
        }
        do throws(CurrencyFault) {
            let code = try Currency(named: currency)
            settings.pricePerSegment = price.map { Money(micros: $0, currency: code) }
        } catch {
            throw SandboxUsageError(description: "--currency: \(error)")
        }
    }

    private static func value(_ option: String, _ rest: inout ArraySlice<String>) throws(SandboxUsageError) -> String {
        guard let value = rest.popFirst() else { throw SandboxUsageError(description: "\(option) needs a value.") }
        return value
    }

    private static func integer(
        _ option: String, _ rest: inout ArraySlice<String>, _ range: ClosedRange<Int>
    ) throws(SandboxUsageError) -> Int {
        let text = try value(option, &rest)
        guard let number = Int(text), range.contains(number) else {
            throw SandboxUsageError(
                description:
                    "\(option) must be a whole number from \(range.lowerBound) to \(range.upperBound), not \(text).")
        }
        return number
    }

    private static func milliseconds(
        _ option: String, _ rest: inout ArraySlice<String>
    ) throws(SandboxUsageError) -> Duration {
        .milliseconds(try integer(option, &rest, 0...86_400_000))
    }

    private static func share(_ option: String, _ rest: inout ArraySlice<String>) throws(SandboxUsageError) -> Double {
        let text = try value(option, &rest)
        guard let number = Double(text), number >= 0, number <= 1 else {
            throw SandboxUsageError(description: "\(option) must be a share from 0 to 1, not \(text).")
        }
        return number
    }
}
