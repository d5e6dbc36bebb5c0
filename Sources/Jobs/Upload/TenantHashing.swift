import Domain
import Ingest
import Storage

/// The tenant's keyed hash, as the reading of files needs it.
struct TenantHashing: RecipientHashing {
    let key: TenantKey

    func hasher() -> any RecipientHasher { Hasher(hash: key.recipients) }

    private final class Hasher: RecipientHasher {
        private let hash: KeyedHash

        init(hash: KeyedHash) { self.hash = hash }

        func hash(_ domain: HashDomain, _ bytes: Span<UInt8>) -> RecipientHash {
            hash.tagged(domain.rawValue, bytes)
        }
    }
}
