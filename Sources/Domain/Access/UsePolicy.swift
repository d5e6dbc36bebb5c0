/// All that a source may send. Where nothing was said, its keys' scopes decide alone, and only templates may be sent:
/// the first message of a new user goes out, and his own texts must be permitted. From the first permitted use on,
/// nothing goes that no use covers.
package struct UsePolicy: Sendable, Hashable {
    package let source: String
    package let uses: [PermittedUse]

    package init(source: String, uses: [PermittedUse]) {
        self.source = source
        self.uses = uses
    }

    /// What one use must cover as a whole. The conditions are looked at in the order of the sentence, so that a refusal
    /// names what it was and nothing that would have been fine.
    package func check(_ send: ProposedSend) throws(AccessRefusal) -> UsePermit {
        guard !uses.isEmpty else { return try checkOpen(send) }
        var sentence = "source \(source) may not send \(send.category.rawValue)"
        var left = uses.filter { $0.covers(send.category) }
        try require(left, "use.category", sentence)

        sentence += " by \(send.channel.rawValue)"
        left = left.filter { $0.covers(send.channel) }
        try require(left, "use.channel", sentence)

        left = left.filter { $0.covers(send.priority) }
        try require(left, "use.priority", "\(sentence) as \(send.priority.word)")
        if send.priority != send.category.defaultPriority { sentence += " as \(send.priority.word)" }

        switch send.content {
        case .template(let name): sentence += " with template \(name)"
        case .raw: sentence += " with a text of its own"
        }
        left = left.filter { $0.covers(send.content) }
        try require(left, send.content == .raw ? "use.content" : "use.template", sentence)

        let isEverywhere = left.contains { $0.countries.isEmpty }
        return UsePermit(
            countries: isEverywhere ? nil : left.reduce(into: []) { $0.formUnion($1.countries) }, sentence: sentence)
    }

    private func checkOpen(_ send: ProposedSend) throws(AccessRefusal) -> UsePermit {
        if case .raw = send.content {
            throw AccessRefusal(
                rule: "use.content",
                text: "source \(source) may send templates only; `herald source permit \(source) --content raw` "
                    + "permits texts of its own")
        }
        return UsePermit(countries: nil, sentence: "")
    }

    private func require(_ left: [PermittedUse], _ rule: String, _ sentence: String) throws(AccessRefusal) {
        if left.isEmpty { throw AccessRefusal(rule: rule, text: sentence) }
    }
}

/// Leave to send, to the countries that it is for.
package struct UsePermit: Sendable, Hashable {
    /// Nil: everywhere.
    package let countries: Set<Region>?
    fileprivate let sentence: String

    package func permits(_ country: Region) -> Bool { countries?.contains(country) ?? true }

    package func refusal(_ country: Region) -> AccessRefusal? {
        if permits(country) { return nil }
        let whereTo = country == .none ? "an address that tells no country" : country.code
        return AccessRefusal(rule: "use.country", text: "\(sentence) to \(whereTo)")
    }
}
