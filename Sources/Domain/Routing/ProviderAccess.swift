/// Which tenants may send through a provider account. Asked for every plan, so that no rule and no fallback reaches
/// another tenant's account, whatever the rules say.
///
/// | owner | grants | may send |
/// | --- | --- | --- |
/// | none | none | every tenant |
/// | none | some | those granted |
/// | a tenant | none | the owner |
/// | a tenant | some | the owner and those granted |
package struct ProviderAccess: Sendable, Hashable {
    package let owner: Int64?
    package let grants: Set<Int64>

    package init(owner: Int64?, grants: Set<Int64> = []) {
        self.owner = owner
        self.grants = grants
    }

    package var isOpenToAll: Bool { owner == nil && grants.isEmpty }

    package func permits(_ tenant: Int64) -> Bool {
        if isOpenToAll { return true }
        return owner == tenant || grants.contains(tenant)
    }
}
