import Domain

extension DiscordAdapter {
    /// https://discord.com/developers/docs/topics/opcodes-and-status-codes#json: those that the execution of a
    /// webhook can meet. 0 and what is not here goes by the HTTP status.
    static let codes = VendorCodes(
        kind,
        [
            (
                .throttled,
                ["20016", "20022", "20028", "20029", "30046", "40003", "40062", "130000"]
            ),
            (
                .permanent(ProviderReason.invalidRecipient),
                // The one webhook, or where it leads, is gone; the account is not.
                ["10003", "10004", "10008", "10013", "10015", "10016", "50007", "50008", "50027", "50033", "50055"]
            ),
            (
                .permanent(ProviderReason.routeRefused),
                [
                    "20009", "20024", "40007", "40058", "50001", "50003", "50009", "50013", "50024", "50073", "50083",
                    "50095", "160002", "160005", "160006", "160007", "220001", "220002", "220003", "220004", "400001",
                ]
            ),
            (
                .permanent(ProviderReason.contentRefused),
                [
                    "10014", "10060", "20031", "30015", "40066", "40067", "50006", "50035", "50046", "50068", "50080",
                    "50081", "50109", "50110", "50123", "50146", "50151", "50159", "50160", "50161", "50173", "50600",
                    "200000", "200001", "240000", "520002", "520004",
                ]
            ),
            (.permanent(ProviderReason.tooLarge), ["40005", "50045"]),
            (
                .temporary(ProviderReason.accountRefused),
                [
                    "10002", "20001", "20002", "20012", "40001", "40002", "40012", "40333", "50002", "50014", "50025",
                    "50026", "50041", "50067", "50178", "60003",
                ]
            ),
            (.temporary(ProviderReason.providerBusy), ["40004", "40006", "110001"]),
        ])
}
