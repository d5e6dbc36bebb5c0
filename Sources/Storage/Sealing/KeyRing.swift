import Domain
import Synchronization

/// Unwraps tenants' keys with the master key, once each. The master key never enters the database.
package final class KeyRing: Sendable {
    private let masterKey: [UInt8]
    private let unwrapped = Mutex<[Int64: TenantKey]>([:])

    package init(masterKey: [UInt8]) {
        precondition(masterKey.count == 32)
        self.masterKey = masterKey
    }

    /// A new tenant's secret, wrapped for the database.
    package func makeTenantKey() -> [UInt8] { seal(randomBytes(32), context: "tenant key") }

    /// A key that was unwrapped before.
    package func known(_ tenant: Int64) -> TenantKey? { unwrapped.withLock { $0[tenant] } }

    package func key(tenant: Int64, sealed: [UInt8]) throws(StorageError) -> TenantKey {
        if let known = unwrapped.withLock({ $0[tenant] }) { return known }
        let key = TenantKey(secret: try open(sealed, context: "tenant key"))
        unwrapped.withLock { $0[tenant] = key }
        return key
    }

    /// For what belongs to the installation rather than to a tenant: provider settings.
    package func seal(_ plain: [UInt8], context: String) -> [UInt8] {
        Box.seal(plain.span, with: Cipher(key: masterKey), context: context)
    }

    package func open(_ box: [UInt8], context: String) throws(StorageError) -> [UInt8] {
        try Box.open(box, with: Cipher(key: masterKey), context: context)
    }

    // MARK: Callbacks

    /// Each day has a key of its own: random nonces run out under one key.
    func callbackCipher(_ part: DayPart) -> Cipher {
        Cipher(key: derived("herald callback 1", bigEndianBytes(Int64(part.day)) + part.salt))
    }

    /// Tells whether two callbacks are the same.
    var callbackHash: KeyedHash { KeyedHash(key: derived("herald callback digest 1", [])) }

    private func derived(_ label: String, _ salt: [UInt8]) -> [UInt8] {
        KeyedHash(key: masterKey)(Array(label.utf8) + salt + [1])
    }
}
