import Domain

extension WhatsAppAdapter {
    /// https://developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes, of replies and of
    /// statuses alike. 131000 and 131016 say that the message was not sent.
    static let codes = VendorCodes(
        kind,
        [
            (.throttled, ["4", "17", "32", "613", "80007", "130429", "131048", "131056", "132069", "133016"]),
            (
                .temporary(ProviderReason.accountRefused),
                [
                    "0", "3", "10", "102", "190", "200", "210", "230", "294", "299", "368", "33", "131005", "131031",
                    "131042", "131045", "131057", "131064", "133000", "133005", "133006", "133008", "133009", "133010",
                    "133015", "134011", "136025",
                ]
            ),
            (.temporary(ProviderReason.providerBusy), ["2", "131000", "131016", "133004", "135000"]),
            (.inDoubt, ["1"]),
            (.permanent(ProviderReason.invalidRecipient), ["131021", "131026"]),
            (.permanent(ProviderReason.optedOut), ["131050"]),
            (.permanent(ProviderReason.routeRefused), ["130497", "131030"]),
            (.permanent(ProviderReason.senderRefused), ["131037"]),
            (
                .permanent(ProviderReason.contentRefused),
                [
                    "100", "130472", "131008", "131009", "131047", "131049", "131051", "131052", "131053", "131055",
                    "132000", "132001", "132007", "132012", "132015", "132016", "132018", "132068", "134100", "134101",
                    "134102",
                ]
            ),
            (.permanent(ProviderReason.tooLarge), ["132005"]),
        ])

    static let failures = FailureCodes(codes: codes, stopped: ["131050"])
}
