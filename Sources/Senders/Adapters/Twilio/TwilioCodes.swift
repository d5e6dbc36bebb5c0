import Domain

extension TwilioAdapter {
    /// https://www.twilio.com/docs/api/errors: those of requests (1xxxx, 2xxxx), those that receipts carry (3xxxx for
    /// text messages, 63xxx for WhatsApp), and what a call can end as.
    static let codes = VendorCodes(
        kind,
        [
            (
                .throttled,
                [
                    "10004", "14107", "20429", "21611", "30001", "30022", "30023", "30027", "63017", "63018", "63022",
                    "63038",
                ]
            ),
            (
                .temporary(ProviderReason.accountRefused),
                [
                    // Account, credentials, rights.
                    "10001", "10002", "20003", "20005", "20006", "20008", "20101", "20102", "20104", "20107", "20403",
                    "20404", "21203", "21264", "30002", "30041", "63001", "63007", "63015",
                    "63020",
                    // The sender's registration, which an administrator completes.
                    "21606", "21607", "30034",
                ]
            ),
            (
                .temporary(ProviderReason.providerBusy),
                ["20503", "30049", "63012", "63010", "63021", "63023", "63037"]
            ),
            (.inDoubt, ["20500"]),
            (.temporary(ProviderReason.timeOut), ["30003", "30036", "63009", "busy", "no-answer"]),
            (
                .permanent(ProviderReason.invalidRecipient),
                [
                    "13224", "13227", "21201", "21211", "21217", "21401", "21421", "21604", "21614", "30005", "30006",
                    "63003", "63024",
                ]
            ),
            (.permanent(ProviderReason.optedOut), ["21610"]),
            (
                .permanent(ProviderReason.routeRefused),
                [
                    "13223", "13225", "13226", "21214", "21215", "21216", "21219", "21408", "21608", "21612", "21635",
                    "30010", "30004",
                    "30011", "30037", "30044", "30453", "63019", "63033",
                ]
            ),
            (
                .permanent(ProviderReason.senderRefused),
                [
                    "21202", "21210", "21212", "21213", "21601", "21603", "21618", "21654", "21659", "21660", "21661",
                    "21701", "21702", "21703", "21705", "21712", "30024", "30018", "30032", "30035", "30038",
                    "63002", "63029",
                ]
            ),
            (
                .permanent(ProviderReason.contentRefused),
                [
                    "12100", "12200", "12300", "13512", "13520", "13521", "20002", "21205", "21206", "21207", "21218",
                    "21222", "21602", "21609", "21615", "21619", "21620", "21621", "21623", "21624", "21626", "21627",
                    "21655", "21656", "21664", "30007", "30019", "30026", "30039", "30040", "63005", "63013",
                    "63014", "63025", "63016", "63026", "63027", "63028", "63032", "63030", "63034", "63035", "63036",
                    "63041", "63042", "63049",
                ]
            ),
            (.permanent(ProviderReason.tooLarge), ["12400", "21605", "21617", "30021", "63006"]),
            (.temporary(ProviderReason.providerError), ["30008", "30009", "30017", "30042", "failed", "canceled"]),
        ])
}
