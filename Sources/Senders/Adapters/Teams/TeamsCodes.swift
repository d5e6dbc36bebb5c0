import Domain

extension TeamsAdapter {
    /// The statuses that connectors pass on in words, and the codes of Power Automate's request trigger
    /// (https://learn.microsoft.com/azure/logic-apps/logic-apps-http-endpoint).
    static let codes = VendorCodes(
        kind,
        [
            (.throttled, ["429"]),
            // The one webhook is gone, not the account.
            (.permanent(ProviderReason.invalidRecipient), ["404", "410", "WorkflowNotFound"]),
            (
                .permanent(ProviderReason.contentRefused),
                ["400", "InvalidRequestContent", "TriggerInputSchemaMismatch", "InvalidTemplate"]
            ),
            (.permanent(ProviderReason.tooLarge), ["413"]),
            (
                .temporary(ProviderReason.accountRefused),
                [
                    "401", "403", "DirectApiAuthorizationRequired", "InvalidUseOfOAuthToken",
                    "MisMatchingOAuthClaims", "AuthorizationFailed", "WorkflowTriggerIsNotEnabled",
                    "WorkflowDisabled",
                ]
            ),
            (.temporary(ProviderReason.providerBusy), ["412", "503"]),
            (.inDoubt, ["500", "502", "504", "NoResponse"]),
        ])
}
