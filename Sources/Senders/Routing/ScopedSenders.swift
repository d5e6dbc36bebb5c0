import Domain

/// The senders that one question may show, and their texts by number.
struct ScopedSenders: Sendable {
    private struct Candidate: Sendable {
        /// Nil: with every provider.
        let provider: UInt16?
        let number: Int32
    }

    private var texts: [String] = []
    private var numbers: [String: Int32] = [:]
    /// The senders of the channel that this tenant may show, the most specific first.
    private let fitting: [SenderIdentity]
    private var candidates: [Candidate] = []
    private let table: RouteTable

    init(_ table: RouteTable, _ question: RouteQuestion) {
        self.table = table
        fitting = table.senders.filter {
            $0.channel == question.channel && ($0.tenant == nil || $0.tenant == question.tenant)
        }.sorted { ($1.rank, $0.id) < ($0.rank, $1.id) }
    }

    var countries: [Region] { fitting.map(\.country) }

    /// -1 for the empty text.
    mutating func add(_ text: String) -> Int32 {
        if text.isEmpty { return -1 }
        if let known = numbers[text] { return known }
        let number = Int32(texts.count)
        numbers[text] = number
        texts.append(text)
        return number
    }

    func text(_ number: Int32) -> String { number < 0 ? "" : texts[Int(number)] }

    /// The candidates for a country, up to the first that every provider may show.
    mutating func range(in region: Region) -> Range<Int32> {
        let start = Int32(candidates.count)
        for sender in fitting where sender.country == .none || sender.country == region {
            if let provider = sender.provider {
                guard let place = table.place(of: provider) else { continue }
                candidates.append(Candidate(provider: place, number: add(sender.value)))
            } else {
                candidates.append(Candidate(provider: nil, number: add(sender.value)))
                break
            }
        }
        return start..<Int32(candidates.count)
    }

    func number(in range: Range<Int32>, provider: UInt16) -> SenderNumber {
        for place in range {
            let candidate = candidates[Int(place)]
            guard let own = candidate.provider else { return SenderNumber(value: candidate.number) }
            if own == provider { return SenderNumber(value: candidate.number) }
        }
        return .none
    }
}
