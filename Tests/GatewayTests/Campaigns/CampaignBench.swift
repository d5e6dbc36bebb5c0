import Domain
import Storage
import TestSupport

@testable import Gateway

/// Campaigns on a `GatewayBench`: a template for them, and the usual requests.
struct CampaignBench {
    let gateway: GatewayBench
    /// May send marketing and look after campaigns.
    let key: String
    var database: Database { gateway.database }
    var store: CampaignStore { CampaignStore(database: database) }

    init() async throws {
        gateway = try await GatewayBench()
        for party in [gateway.acme, gateway.rival] {
            _ = try await PartyStore(database: gateway.database, keys: gateway.keys).addTemplate(
                tenant: party.tenant.id, name: "spring", channel: .sms,
                content: #"{"channel":"sms","default_locale":"en","locales":{"en":{"text":"Hi {{ name }}"}}}"#)
        }
        key = try await gateway.key([.sendMarketing, .campaignsWrite])
    }

    static let form = #"{"template":"spring","category":"marketing"}"#

    func call(
        _ method: String, _ target: String, _ body: String = "", key: String? = nil,
        headers: [(name: String, value: String)] = []
    ) async throws -> GatewayBench.Answer {
        try await gateway.call(method, target, body, key: key ?? self.key, headers: headers)
    }

    /// A draft without recipients; its number.
    func draft(_ form: String = Self.form, key: String? = nil) async throws -> String {
        let answer = try await call("POST", "/v1/campaigns", form, key: key)
        guard answer.status == 201, let id = answer["id"]?.stringValue else { throw Refused(text: answer.text) }
        return id
    }

    struct Refused: Error { let text: String }

    static func csv(_ count: Int, from first: Int = 0) -> String {
        "phone,name\n" + (first..<first + count).map { "+65\(91_000_000 + $0),Ann\n" }.joined()
    }

    /// The recipients as a JSON list.
    static func list(_ count: Int) -> String {
        "[" + (0..<count).map { #"{"phone":"+65\#(91_000_000 + $0)","name":"Ann"}"# }.joined(separator: ",") + "]"
    }

    func fill(_ id: String, _ file: String, key: String? = nil) async throws -> GatewayBench.Answer {
        try await call("PUT", "/v1/campaigns/\(id)/recipients", file, key: key, headers: [("Content-Type", "text/csv")])
    }

    func state(_ id: String) async throws -> CampaignState? {
        try await store.campaign(Int64(id) ?? 0)?.state
    }

    func finished(_ id: String) async throws -> GatewayBench.Answer {
        try await eventually { try await state(id)?.isOver == true }
        return try await call("GET", "/v1/campaigns/\(id)")
    }

    /// Rows of tables that an upload writes.
    func stored() async throws -> Int64 {
        try await database.run { session in
            try session.query(
                "SELECT (SELECT count(*) FROM campaign) + (SELECT count(*) FROM shard) + (SELECT count(*) FROM shard_body) AS n"
            )[0].int("n")
        }
    }
}
