import Foundation

/// What `scripts/bench` measures inside a process: one part on one core, and the limit it is held against on the
/// same input. Prints one line of JSON.
@main
struct HeraldBench {
    private static let usage = """
        herald-bench phones FILE    check each line of a file as a phone number
        herald-bench liquid         render a message with three fields, and copy the same text together
        herald-bench claims URL SCHEDULED    take shards where a thousand tenants wait, in an empty database
        herald-bench route          decide by 100,000 prefixes and 200 rules, and go over the same bytes
        herald-bench access         check keys that are known, and only hash them
        herald-bench seal FILE      compress and seal a file in pieces of 2,000 lines, and nothing else
        herald-bench ledger-fill URL ROWS SLICES    fill a ledger, a slice a day
        herald-bench ledger-find URL ROWS COUNT     look for recipients in what was filled so
        herald-bench ledger-write URL ROWS          write rows with and without each index
        herald-bench smpp PORT COUNT CONNECTIONS    send messages to an SMSC on this machine
        herald-bench smtp PORT MESSAGES CONNECTIONS [KEY]
                                    send mail of 1,000 bytes to a server on this machine, signed if there is a DKIM key
        """

    static func main() async {
        let words = Array(CommandLine.arguments.dropFirst())
        do {
            switch (words.first, words.count) {
            case ("phones", 2): print(try PhoneBench.run(path: words[1]))
            case ("liquid", 1): print(try LiquidBench.run())
            case ("claims", 3): print(try await ClaimsBench.run(url: words[1], scheduled: Int(words[2]) ?? 0))
            case ("route", 1): print(try RouteBench.run())
            case ("access", 1): print(try await AccessBench.run())
            case ("smtp", 4), ("smtp", 5): print(try await SMTPBench.run(Array(words.dropFirst())))
            case ("ledger-fill", 4):
                print(try await LedgerBench.fill(url: words[1], rows: Int(words[2]) ?? 0, slices: Int(words[3]) ?? 1))
            case ("ledger-find", 4):
                print(try await LedgerBench.find(url: words[1], rows: Int(words[2]) ?? 0, count: Int(words[3]) ?? 1))
            case ("ledger-write", 3): print(try await LedgerBench.write(url: words[1], rows: Int(words[2]) ?? 0))
            case ("seal", 2): print(try SealBench.run(path: words[1]))
            case ("smpp", 4):
                print(try await SMPPBench.run(port: words[1], count: words[2], connections: words[3]))
            default:
                FileHandle.standardError.write(Data((usage + "\n").utf8))
                exit(2)
            }
        } catch {
            FileHandle.standardError.write(Data("herald-bench: \(error)\n".utf8))
            exit(1)
        }
    }
}
