import Domain

extension WhatsAppAdapter {
    /// https://developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes, of replies and of
    /// statuses alike. 131000 and 131016 say that the message was not sent.
    static let codes = VendorCodes(
        kind,
        [
            (.throttled, ["4", "17", "32", "341", "613", "80007", "130429", "131048", "131056", "132069", "133016"]),
            (
                .temporary(ProviderReason.accountRefused),
                [
                    "0", "3", "10", "102", "190", "368", "33", "131005", "131031", "131042", "131045", "131057",
                    "131064", "133000", "133005", "133006", "133008", "133009", "133010", "133015", "134011", "136025",
                ]
            ),
            // Permissions that were not granted, or taken back: one code for each.
            (.temporary(ProviderReason.accountRefused), (200...299).map(String.init)),
            (.temporary(ProviderReason.providerBusy), ["2", "131000", "131016", "133004"]),
            (.inDoubt, ["1"]),
            (.permanent(ProviderReason.invalidRecipient), ["131021", "131026"]),
            (.permanent(ProviderReason.optedOut), ["131050"]),
            // 130472: the number is in an experiment of Meta's that gets no marketing.
            (.permanent(ProviderReason.routeRefused), ["130472", "130497", "131030"]),
            // This person has had enough marketing for a day, from anybody.
            (.permanent(ProviderReason.rateLimited), ["131049"]),
            (.permanent(ProviderReason.senderRefused), ["131037"]),
            (
                .permanent(ProviderReason.contentRefused),
                [
                    "100", "131008", "131009", "131047", "131051", "131052", "131053", "131055", "132000", "132001",
                    "132007", "132012", "132015", "132016", "132018", "132068", "134100", "134101", "134102", "135000",
                ]
            ),
            (.permanent(ProviderReason.tooLarge), ["132005"]),
        ])

    static let failures = FailureCodes(codes: codes, stopped: ["131050"])
}
