import Domain

/// One attempt in the ledger, on its way in. The address is sealed as the row is written.
package struct LedgerRow: Sendable {
    package static let columns =
        "message, at, cost, search, reference_hash, campaign, slice, tenant, provider, attempt, segments, state, final, was, country, currency, reason, reference, recipient, channel"

    package var message: MessageID
    package var at: Timestamp
    package var cost: Int64 = 0
    package var hash: RecipientHash
    package var campaign: Int64
    package var tenant: Int64
    /// The one that it went by, or would have gone by.
    package var channel: Channel
    /// 0 where no provider was called.
    package var provider: Int64 = 0
    package var attempt: Int16
    package var segments: Int32
    package var state: MessageState
    package var final = true
    package var country: Region
    package var currency = ""
    package var reason = ""
    package var reference = ""

    package init(
        message: MessageID, at: Timestamp, hash: RecipientHash, campaign: Int64, tenant: Int64,
        channel: Channel, attempt: Int16, segments: Int32, state: MessageState, country: Region
    ) {
        self.message = message
        self.at = at
        self.hash = hash
        self.campaign = campaign
        self.tenant = tenant
        self.channel = channel
        self.attempt = attempt
        self.segments = segments
        self.state = state
        self.country = country
    }

    /// Appends the row to a COPY. The nonce is the message's number with the channel's address field:
    /// one address for each, so that a second row of the same message seals the same text again and gives nothing away.
    package func append(to rows: inout CopyRows, slice: LedgerSlice, address: Span<UInt8>, sealedWith cipher: Cipher) {
        rows.appendRow(columns: 20, size: size(address: address.count)) { row in
            row.append(message.rawValue)
            row.append(at)
            row.append(cost)
            row.append(hash.searchKey)
            row.append(ReferenceHash.of(reference))
            row.append(campaign)
            row.append(Int32(slice.number))
            row.append(Int32(tenant))
            row.append(Int32(provider))
            row.append(attempt)
            row.append(Int16(clamping: segments))
            row.append(state.rawValue)
            row.append(final)
            row.append(Int16(0))
            row.append(country)
            row.append(text: currency)
            row.append(text: reason)
            row.append(text: reference)
            row.append(count: address.count + Cipher.tagSize) {
                cipher.seal(address, number: message.rawValue, field: UInt32(channel.addressField.rawValue), into: $0)
            }
            row.append(channel.code)
        }
    }

    /// Six fields of eight bytes, three of four, five of two, one of one; four texts, and the sealed address.
    private func size(address: Int) -> Int {
        let fixed = 20 * CopyRow.overhead + 6 * 8 + 3 * 4 + 5 * 2 + 1
        let texts = country.codeLength + currency.utf8.count + reason.utf8.count + reference.utf8.count
        return fixed + texts + address + Cipher.tagSize
    }

    static func nonce(_ message: MessageID, _ channel: Channel) -> [UInt8] {
        Cipher.nonce(message.rawValue, field: UInt32(channel.addressField.rawValue))
    }
}
