import Domain

extension APNsAdapter {
    /// https://developer.apple.com/documentation/usernotifications/handling-notification-responses-from-apns: all
    /// reasons for sends to a device.
    static let codes = VendorCodes(
        kind,
        [
            (.throttled, ["TooManyRequests", "TooManyProviderTokenUpdates"]),
            (.permanent(ProviderReason.unregistered), ["Unregistered", "BadDeviceToken", "ExpiredToken"]),
            // The token lives, but for another app: a wrong topic must not cost anybody their token.
            (.permanent(ProviderReason.invalidRecipient), ["DeviceTokenNotForTopic", "MissingDeviceToken"]),
            (
                .temporary(ProviderReason.accountRefused),
                [
                    "ExpiredProviderToken", "InvalidProviderToken", "MissingProviderToken", "UnrelatedKeyIdInToken",
                    "BadEnvironmentKeyIdInToken", "BadEnvironmentKeyInToken", "BadCertificate",
                    "BadCertificateEnvironment", "Forbidden", "TopicDisallowed", "BadTopic", "MissingTopic",
                ]
            ),
            (.temporary(ProviderReason.providerBusy), ["ServiceUnavailable", "Shutdown", "IdleTimeout"]),
            (.inDoubt, ["InternalServerError"]),
            (.permanent(ProviderReason.tooLarge), ["PayloadTooLarge"]),
            (
                .permanent(ProviderReason.contentRefused),
                [
                    "PayloadEmpty", "BadCollapseId", "BadExpirationDate", "BadMessageId", "BadPriority",
                    "InvalidPushType", "DuplicateHeaders", "BadPath", "MethodNotAllowed",
                ]
            ),
        ])
}
