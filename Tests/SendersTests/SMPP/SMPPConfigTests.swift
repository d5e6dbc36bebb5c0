import Testing

@testable import Senders

@Suite struct SMPPConfigTests {
    private func config(_ more: String) throws -> SMPPConfig {
        try SMPPConfig(json: #"{"host":"smsc.example","system_id":"u"\#(more)}"#)
    }

    private func problem(_ json: String) -> String? {
        do throws(ConfigError) {
            _ = try SMPPConfig(json: json)
            return nil
        } catch { return error.description }
    }

    @Test func standsOnItsOwnWithHostAndName() throws {
        let config = try config("")
        #expect(config.port == 2775 && config.bind == .transceiver && config.session.window == 100)
        #expect(config.session.responseTimeout == 10_000 && config.longMessages == .udh8 && config.wantsReceipts)
        #expect(!config.isInternal && config.tls == nil && config.connections == 1)
    }

    @Test func takesEverySetting() throws {
        let config = try config(
            #"""
            ,"port":2776,"internal":true,"tls":true,"password":"p","system_type":"VMA","address_range":"^1",
            "bind":"separate","connections":3,"window":1000,"connect_timeout_ms":1,"response_timeout_ms":2,
            "queue_timeout_ms":3,"reconnect_max_ms":4,"enquire_interval_ms":5,"enquire_timeout_ms":6,"enquire_limit":7,
            "source":"Herald","source_ton":5,"source_npi":0,"dest_ton":2,"dest_npi":8,"service_type":"CMT",
            "protocol_id":64,"priority_flag":3,"registered_delivery":false,"validity":600,"long_messages":"sar",
            "throttle_wait_ms":250,"permanent":[69],"temporary":[11],"throttled":[1027],"receipt_ids":"same",
            "receipt_utc_offset_minutes":480
            """#)
        #expect(config.port == 2776 && config.isInternal && config.tls != nil && config.connections == 3)
        #expect(config.bind.commands == [SMPPCommand.bindTransmitter, SMPPCommand.bindReceiver])
        #expect(config.session.window == 1000 && config.session.enquireLimit == 7)
        #expect(config.sourceNumbering == .init(type: 5, plan: 0))
        #expect(config.destinationNumbering == .init(type: 2, plan: 8))
        #expect(config.validity == .seconds(600) && config.longMessages == .sar && !config.wantsReceipts)
        #expect(config.statuses == [69: .permanent, 11: .temporary, 1027: .throttled])
        #expect(config.receiptIDs == .same && config.receiptOffsetMinutes == 480)
    }

    @Test func tlsHasAPortOfItsOwn() throws {
        #expect(try config(#","tls":true"#).port == 3550)
        #expect(try config(#","tls":false"#).port == 2775)
        #expect(try config(#","tls":true,"port":2775"#).port == 2775)
    }

    static let mistakes: [(String, String)] = [
        (#"[]"#, "must be a JSON object"),
        (#"{"system_id":"u"}"#, #""host" is missing"#),
        (#"{"host":"a/b","system_id":"u"}"#, #""host" must be a host name"#),
        (#"{"host":"h"}"#, #""system_id" is missing"#),
        (#"{"host":"h","system_id":"0123456789abcdef"}"#, #""system_id" must have at most 15"#),
        (#"{"host":"h","system_id":"u","password":"a\u0000b"}"#, #""password" must have"#),
        (#"{"host":"h","system_id":"u","window":0}"#, #""window" must be from 1 to 1000"#),
        (#"{"host":"h","system_id":"u","bind":"both"}"#, #""bind" must be "transceiver""#),
        (#"{"host":"h","system_id":"u","source":"much too long a name"}"#, #""source" must be a number"#),
        (#"{"host":"h","system_id":"u","validity":"ever"}"#, #""validity" must be"#),
        (#"{"host":"h","system_id":"u","permanent":["x"]}"#, #""permanent" must hold command statuses"#),
        (#"{"host":"h","system_id":"u","permanent":[5],"temporary":[5]}"#, "stands there twice"),
        (#"{"host":"h","system_id":"u","tls":"yes"}"#, #""tls" must be true or false"#),
        (#"{"host":"h","system_id":"u","tls":true,"ca_file":"/no/such/file"}"#, #""ca_file" cannot be read"#),
        (#"{"host":"h","system_id":"u","ca_file":"/etc/ca.pem"}"#, #""ca_file" is of no use without "tls": true"#),
        (#"{"host":"h","system_id":"u","passwort":"x"}"#, #""passwort" is unknown"#),
    ]

    @Test(arguments: mistakes.indices) func namesTheMistake(index: Int) throws {
        let (json, expected) = Self.mistakes[index]
        let said = try #require(problem(json))
        #expect(said.contains(expected))
    }

    @Test func sendersAreReadByTheirForm() {
        func read(_ text: String) -> SMPPAddress? { SMPPAddress(source: text, numbering: .init()) }
        #expect(read("+6591234567").map { [$0.type, $0.plan] } == [1, 1])
        #expect(read("+6591234567")?.characters == Array("6591234567".utf8))
        #expect(read("6591234567").map { [$0.type, $0.plan] } == [1, 1])
        #expect(read("77123").map { [$0.type, $0.plan] } == [3, 0])
        #expect(read("Herald").map { [$0.type, $0.plan] } == [5, 0])
        #expect(read("Herald 2.0!").map { [$0.type, $0.plan] } == [5, 0])
        for wrong in ["", "Herald is too long", "Hérald", "+", "+12a", "a\u{0}b", String(repeating: "1", count: 21)] {
            #expect(read(wrong) == nil)
        }
        let forced = SMPPAddress(source: "77123", numbering: .init(type: 0, plan: 1))
        #expect(forced.map { [$0.type, $0.plan] } == [0, 1])
    }

    @Test func recipientsAreNumbers() {
        func fits(_ text: String) -> Bool {
            let bytes = Array(text.utf8)
            return SMPPAddress.isDestination(bytes.span)
        }
        #expect(fits("+6591234567") && fits("6591234567") && fits("911"))
        for wrong in ["", "+", "++1", "12a", "1 2", String(repeating: "1", count: 21), "a@b.c"] {
            #expect(!fits(wrong))
        }
    }
}
