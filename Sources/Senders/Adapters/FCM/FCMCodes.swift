import Domain

extension FCMAdapter {
    /// https://firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode, then Google's general statuses
    /// (google.rpc.Code), which come where a request does not get as far as FCM.
    static let codes = VendorCodes(
        kind,
        [
            (.throttled, ["QUOTA_EXCEEDED", "RESOURCE_EXHAUSTED"]),
            (.permanent(ProviderReason.unregistered), ["UNREGISTERED"]),
            // The token is another project's: it lives, but not for this sender.
            (.permanent(ProviderReason.senderRefused), ["SENDER_ID_MISMATCH"]),
            (.permanent(ProviderReason.contentRefused), ["INVALID_ARGUMENT", "OUT_OF_RANGE"]),
            (
                .temporary(ProviderReason.accountRefused),
                [
                    // Apple's credentials, which the project must have, are missing or wrong.
                    "THIRD_PARTY_AUTH_ERROR",
                    "UNAUTHENTICATED", "PERMISSION_DENIED", "FAILED_PRECONDITION", "UNIMPLEMENTED",
                    // Without FCM's own code beside it this speaks of the project.
                    "NOT_FOUND",
                ]
            ),
            (.temporary(ProviderReason.providerBusy), ["UNAVAILABLE", "ABORTED"]),
            (.inDoubt, ["INTERNAL", "UNSPECIFIED_ERROR", "UNKNOWN", "DEADLINE_EXCEEDED", "CANCELLED", "DATA_LOSS"]),
        ])

    /// RFC 6749, 5.2, and what Google has besides: why no access token was given.
    static let knownTokenErrors: Set<String> = [
        "invalid_request", "invalid_client", "invalid_grant", "unauthorized_client", "unsupported_grant_type",
        "invalid_scope", "access_denied", "admin_policy_enforced", "disabled_client", "deleted_client", "org_internal",
        "internal_failure", "server_error", "temporarily_unavailable",
    ]
}
