import Domain

/// An address for another channel than the main one; without bytes there is none.
package struct FurtherAddress: Sendable, Hashable {
    package var bytes: [UInt8] = []
    package var region = Region.none
    package var hash = RecipientHash(high: 0, low: 0)

    package init() {}
}
