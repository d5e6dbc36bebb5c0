import Domain

/// For each operation of the document the requests in which a tenant names something of another one: `@campaign@` stands
/// for what is named. An operation that is not here fails the tests; where nothing can be named an empty list says so.
enum RouteProbes {
    struct Probe: Sendable {
        var target: String
        var body = ""
        var type = "application/json"
        /// What the caller is told, whoever's it is, or nobody's.
        var status = 404

        init(_ target: String, _ body: String = "", type: String = "application/json", answers status: Int = 404) {
            self.target = target
            self.body = body
            self.type = type
            self.status = status
        }
    }

    private static let text = #""data":{"name":"A","code":"1"},"category":"transactional""#
    private static let csv = "phone,name\n+6591234567,Ann\n"

    static let all: [String: [Probe]] = [
        "sendMessages": [
            Probe("/v1/messages", #"{"to":"+6591234567","template":"@template@",\#(text)}"#, answers: 422)
        ],
        "listMessages": [
            Probe("/v1/messages?reference=@reference@", answers: 200),
            Probe("/v1/messages?to=@address@&channel=sms", answers: 200),
        ],
        "getMessage": [Probe("/v1/messages/@message@"), Probe("/v1/messages/@message@?unmask=to,text,code")],
        "searchLedger": [
            Probe("/v1/ledger?recipient=@address@&channel=sms", answers: 200),
            Probe("/v1/ledger?campaign=@campaign@", answers: 200),
            Probe("/v1/ledger?provider=@provider@", answers: 200),
            Probe("/v1/ledger?source=@source@", answers: 200),
            Probe("/v1/ledger?recipient=@address@&channel=sms&archive=true", answers: 200),
        ],
        "cancelMessage": [Probe("/v1/messages/@message@/cancel")],
        "createCampaign": [Probe("/v1/campaigns", #"{"template":"@template@","category":"marketing"}"#, answers: 422)],
        "listCampaigns": [],
        "getCampaign": [Probe("/v1/campaigns/@campaign@")],
        "putCampaignRecipients": [Probe("/v1/campaigns/@campaign@/recipients", csv, type: "text/csv")],
        "checkCampaign": [Probe("/v1/campaigns/@campaign@/check", csv, type: "text/csv")],
        "startCampaign": [Probe("/v1/campaigns/@campaign@/start")],
        "pauseCampaign": [Probe("/v1/campaigns/@campaign@/pause")],
        "resumeCampaign": [Probe("/v1/campaigns/@campaign@/resume")],
        "cancelCampaign": [Probe("/v1/campaigns/@campaign@/cancel")],
        "resendFailedOfCampaign": [Probe("/v1/campaigns/@campaign@/resend-failed", #"{"again":true}"#)],
        "getCampaignRejects": [Probe("/v1/campaigns/@campaign@/rejects.csv")],
        "getCampaignResults": [Probe("/v1/campaigns/@campaign@/results.csv?attempts=all")],
        "streamCampaignEvents": [Probe("/v1/campaigns/@campaign@/events")],
        "followEvents": [Probe("/v1/events?campaign=@campaign@")],
        "listTemplates": [],
        "addTemplate": [],
        "getTemplate": [Probe("/v1/templates/@template@"), Probe("/v1/templates/@template@?version=1")],
        "removeTemplate": [Probe("/v1/templates/@template@")],
        "listTemplateVersions": [Probe("/v1/templates/@template@/versions")],
        "renderTemplate": [Probe("/v1/templates/@template@/render", #"{"data":{"name":"A"}}"#)],
        "approveTemplate": [Probe("/v1/templates/@template@/approve", #"{"version":1}"#)],
        "getSuppressions": [Probe("/v1/suppressions?to=@address@", answers: 200)],
        "addSuppressions": [],
        "removeSuppression": [Probe("/v1/suppressions?to=@address@&reason=complaint")],
        "countSuppressions": [],
        "liftSuppressions": [
            Probe("/v1/suppressions/lift", #"{"addresses":["@address@"],"reason":"complaint"}"#, answers: 200)
        ],
        "getPreferences": [Probe("/v1/preferences?to=@address@", answers: 200)],
        "setPreferences": [Probe("/v1/preferences", #"{"to":"@address@","marketing":{"voice":true}}"#, answers: 200)],
        "exportPerson": [Probe("/v1/persons/export", #"{"recipient":"@address@"}"#, answers: 200)],
        "getUsage": [], "getCostReport": [], "getDeliveryReport": [], "getExceptionsReport": [],
        "listSources": [],
        "addSource": [],
        "getSource": [Probe("/v1/sources/@source@")],
        "removeSource": [Probe("/v1/sources/@source@")],
        "permitUse": [Probe("/v1/sources/@source@/permits", #"{"content":"raw"}"#)],
        "forbidUse": [
            Probe("/v1/sources/@source@/permits/@permit@?open=true"),
            Probe("/v1/sources/checkout/permits/@permit@?open=true"),
        ],
        "setLimits": [Probe("/v1/sources/@source@/limits", #"{"per_day":1}"#)],
        "listKeys": [],
        "addKey": [Probe("/v1/keys", #"{"source":"@source@","scopes":["templates:read"]}"#, answers: 422)],
        "getKey": [Probe("/v1/keys/@key@"), Probe("/v1/keys/hk_live_@key@")],
        "revokeKey": [Probe("/v1/keys/@key@")],
        "rotateKey": [Probe("/v1/keys/@key@/rotate", #"{"overlap_seconds":0}"#)],
        "listProviders": [],
        "addProvider": [],
        "getProvider": [Probe("/v1/providers/@provider@")],
        "changeProvider": [Probe("/v1/providers/@provider@", #"{"enabled":false,"settings":{"seed":2}}"#)],
        "removeProvider": [Probe("/v1/providers/@provider@")],
        "takeProviderOut": [Probe("/v1/providers/@provider@/out")],
        "takeProviderIn": [Probe("/v1/providers/@provider@/in")],
        "listRoutes": [],
        "addRoute": [
            Probe("/v1/routes", #"{"providers":["@provider@"]}"#, answers: 422),
            Probe("/v1/routes", #"{"providers":["sand"],"sources":["@source@"]}"#, answers: 422),
        ],
        "getRoute": [Probe("/v1/routes/@route@")],
        "removeRoute": [Probe("/v1/routes/@route@")],
        "enableRoute": [Probe("/v1/routes/@route@/enable")],
        "disableRoute": [Probe("/v1/routes/@route@/disable")],
        "listDeadLetters": [Probe("/v1/dead-letters?campaign=@campaign@&state=all", answers: 200)],
        "replayDeadLetters": [
            Probe("/v1/dead-letters/replay", #"{"messages":["@message@"]}"#, answers: 200),
            Probe("/v1/dead-letters/replay", #"{"campaign":"@campaign@"}"#, answers: 200),
            Probe("/v1/dead-letters/replay", #"{"reason":"@reason@"}"#, answers: 200),
        ],
        "discardDeadLetters": [
            Probe("/v1/dead-letters/discard", #"{"messages":["@message@"]}"#, answers: 200),
            Probe("/v1/dead-letters/discard", #"{"campaign":"@campaign@"}"#, answers: 200),
            Probe("/v1/dead-letters/discard", #"{"reason":"@reason@"}"#, answers: 200),
        ],
        "listWebhooks": [],
        "addWebhook": [
            Probe(
                "/v1/webhooks",
                #"{"url":"https://hooks.example.com/a","events":["message.bounced"],"source":"@source@"}"#, answers: 422
            )
        ],
        "testWebhook": [Probe("/v1/webhooks/test", #"{"id":"@webhook@"}"#)],
        "getWebhook": [Probe("/v1/webhooks/@webhook@")],
        "removeWebhook": [Probe("/v1/webhooks/@webhook@")],
        "rotateWebhook": [Probe("/v1/webhooks/@webhook@/rotate")],
        "enableWebhook": [Probe("/v1/webhooks/@webhook@/enable")],
        "replayWebhook": [Probe("/v1/webhooks/@webhook@/replay", #"{"since":"2026-01-01T00:00:00Z"}"#)],
        "listBudgets": [],
        "setBudget": [
            Probe("/v1/budgets", #"{"source":"@source@","period":"month","amount":"1","currency":"SGD"}"#),
            Probe("/v1/budgets", #"{"campaign_id":"@campaign@","period":"month","amount":"1","currency":"SGD"}"#),
        ],
        "getBudget": [Probe("/v1/budgets/@budget@")],
        "removeBudget": [Probe("/v1/budgets/@budget@")],
        "listAlerts": [],
        "getAlert": [Probe("/v1/alerts/@alert@")],
        "acknowledgeAlert": [Probe("/v1/alerts/@alert@/acknowledge")],
        "pauseSource": [Probe("/v1/sources/@source@/pause")],
        "resumeSource": [Probe("/v1/sources/@source@/resume")],
        "listAudit": [],
    ]

    /// Without a key: nothing of anybody's, or proved by a signature.
    static let open: Set<String> = [
        "getCallback", "postCallback", "livez", "readyz", "metrics", "getDocument", "getDocs",
    ]

    /// Lists and reports, asked for all that they can hold.
    static let lists = [
        "/v1/campaigns?limit=200", "/v1/templates?limit=200", "/v1/sources?limit=200", "/v1/keys?limit=200",
        "/v1/providers?limit=200", "/v1/routes?limit=200", "/v1/dead-letters?state=all&limit=200",
        "/v1/audit?limit=200", "/v1/ledger?limit=200", "/v1/ledger?archive=true", "/v1/webhooks?limit=200",
        "/v1/budgets?limit=200", "/v1/alerts?limit=200",
        "/v1/suppressions/counts", "/v1/reports/usage?group_by=day,source,campaign,channel,category,provider,country",
        "/v1/reports/cost", "/v1/reports/delivery", "/v1/reports/exceptions",
    ]
}
