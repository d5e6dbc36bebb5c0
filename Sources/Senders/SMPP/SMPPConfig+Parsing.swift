import Domain

/// The settings:
/// ```
/// "host", "port"             the SMSC; 2775 unless said, 3550 with TLS; "internal": true where it has a private address
/// "tls": true                encrypted from the first byte, the certificate checked; "ca_file" names whom to trust besides
///                            the system's authorities
/// "system_id", "password", "system_type", "address_range"
/// "bind"                     "transceiver", "transmitter", "receiver", or "separate" for one of both beside each other
/// "connections" (1), "window" (100: submits that wait for their answers, on each connection)
/// "concurrency"              messages under way over all connections; as many as the windows hold unless said
/// "connect_timeout_ms", "response_timeout_ms", "queue_timeout_ms", "reconnect_max_ms"
/// "enquire_interval_ms", "enquire_timeout_ms", "enquire_limit" (unanswered questions until it is given up)
/// "source"                   the sender where a message names none
/// "source_ton", "source_npi" where they are not to be read off the sender; "dest_ton" (1), "dest_npi" (1)
/// "service_type", "protocol_id", "priority_flag"
/// "registered_delivery" (true), "validity": seconds at most, "category" for the category's expiry at most,
///                            or "theirs" to leave it to the SMSC; without it the message's own expiry is told
/// "long_messages"            "udh8", "udh16", "sar" or "payload"
/// "throttle_wait_ms"         the wait of a throttled message
/// "permanent", "temporary", "throttled"   lists of command statuses that mean this here
/// "receipt_ids"              "any" notation of the SMSC's ids, or the "same" but for case and leading zeros
/// "receipt_utc_offset_minutes"   of the clock in receipts; without it their dates are not used
/// ```
extension SMPPConfig {
    static let known = [
        "host", "port", "internal", "tls", "ca_file", "system_id", "password", "system_type", "address_range", "bind",
        "connections", "window", "concurrency", "connect_timeout_ms", "response_timeout_ms", "queue_timeout_ms",
        "reconnect_max_ms",
        "enquire_interval_ms", "enquire_timeout_ms", "enquire_limit", "source", "source_ton", "source_npi", "dest_ton",
        "dest_npi", "service_type", "protocol_id", "priority_flag", "registered_delivery", "validity", "long_messages",
        "throttle_wait_ms", "permanent", "temporary", "throttled", "receipt_ids", "receipt_utc_offset_minutes",
    ]

    package init(json text: String) throws(ConfigError) {
        guard let object = (try? JSON.parse(text))?.objectValue else {
            throw ConfigError(
                setting: "", problem: "must be a JSON object such as {\"host\": \"smsc.example\", \"system_id\": …}")
        }
        try self.init(object)
    }

    package init(_ object: JSONObject) throws(ConfigError) {
        var reader = ConfigReader(object)
        try readConnection(&reader)
        try readTimes(&reader)
        try readSubmits(&reader)
        receiptIDs = try reader.choice("receipt_ids") ?? receiptIDs
        receiptOffsetMinutes = try reader.integer("receipt_utc_offset_minutes", in: -840...840)
        try reader.finish(known: Self.known)
    }

    private mutating func readConnection(_ reader: inout ConfigReader) throws(ConfigError) {
        guard let host = try reader.text("host"), !host.isEmpty else {
            throw ConfigError(setting: "host", problem: "is missing")
        }
        guard host.utf8.count <= 253, host.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != 0x2F && $0 != 0x40 })
        else {
            throw ConfigError(setting: "host", problem: "must be a host name or an address, without port or path")
        }
        self.host = host
        isInternal = try reader.flag("internal") ?? isInternal
        try readTLS(&reader)
        port = UInt16(try reader.integer("port", in: 1...65535) ?? (tls == nil ? 2775 : 3550))
        guard let systemID = try Self.plainText("system_id", longest: 15, &reader) else {
            throw ConfigError(setting: "system_id", problem: "is missing")
        }
        session.systemID = systemID
        // The standard ends passwords at eight characters; many SMSCs know longer ones.
        session.password = try Self.plainText("password", longest: 64, &reader) ?? ""
        session.systemType = try Self.plainText("system_type", longest: 12, &reader) ?? ""
        session.addressRange = try Self.plainText("address_range", longest: 40, &reader) ?? ""
        bind = try reader.choice("bind") ?? bind
        connections = try reader.integer("connections", in: 1...64) ?? connections
        concurrency = try reader.integer("concurrency", in: 1...64_000) ?? concurrency
        session.window = try reader.integer("window", in: 1...1000) ?? session.window
    }

    private mutating func readTLS(_ reader: inout ConfigReader) throws(ConfigError) {
        let caFile = try reader.text("ca_file")
        guard try reader.flag("tls") ?? false else {
            if caFile != nil { throw ConfigError(setting: "ca_file", problem: "is of no use without \"tls\": true") }
            return
        }
        tls = try TLSContext(caFile: caFile)
    }

    private mutating func readTimes(_ reader: inout ConfigReader) throws(ConfigError) {
        let wait = 1...600_000
        connectTimeout = try reader.milliseconds("connect_timeout_ms", in: wait) ?? connectTimeout
        queueTimeout = try reader.milliseconds("queue_timeout_ms", in: wait) ?? queueTimeout
        reconnectLimit = try reader.milliseconds("reconnect_max_ms", in: wait) ?? reconnectLimit
        throttleWait = try reader.milliseconds("throttle_wait_ms", in: 0...3_600_000) ?? throttleWait
        func time(_ name: String, _ standard: Int64) throws(ConfigError) -> Int64 {
            Int64(try reader.integer(name, in: wait) ?? Int(standard))
        }
        session.responseTimeout = try time("response_timeout_ms", session.responseTimeout)
        session.enquireInterval = try time("enquire_interval_ms", session.enquireInterval)
        session.enquireTimeout = try time("enquire_timeout_ms", session.enquireTimeout)
        session.enquireLimit = try reader.integer("enquire_limit", in: 1...100) ?? session.enquireLimit
    }

    private mutating func readSubmits(_ reader: inout ConfigReader) throws(ConfigError) {
        func byte(_ name: String, _ range: ClosedRange<Int>) throws(ConfigError) -> UInt8? {
            try reader.integer(name, in: range).map { UInt8($0) }
        }
        sourceNumbering.type = try byte("source_ton", 0...255)
        sourceNumbering.plan = try byte("source_npi", 0...255)
        destinationNumbering.type = try byte("dest_ton", 0...255) ?? destinationNumbering.type
        destinationNumbering.plan = try byte("dest_npi", 0...255) ?? destinationNumbering.plan
        protocolID = try byte("protocol_id", 0...255) ?? protocolID
        priorityFlag = try byte("priority_flag", 0...3) ?? priorityFlag
        serviceType = try Self.plainText("service_type", longest: 5, &reader) ?? serviceType
        source = try Self.plainText("source", longest: 20, &reader) ?? source
        guard source.isEmpty || SMPPAddress(source: source, numbering: sourceNumbering) != nil else {
            throw ConfigError(setting: "source", problem: "must be a number, or a name of at most 11 characters")
        }
        wantsReceipts = try reader.flag("registered_delivery") ?? wantsReceipts
        longMessages = try reader.choice("long_messages") ?? longMessages
        switch reader.value("validity") {
        case nil: break
        case .string("category"): validity = .category
        case .string("theirs"): validity = .theirs
        case .some(let value):
            guard let seconds = value.wholeNumber, (1...Self.longestValidity).contains(seconds) else {
                throw ConfigError(
                    setting: "validity",
                    problem: "must be \"category\", \"theirs\", or seconds from 1 to \(Self.longestValidity)")
            }
            validity = .seconds(seconds)
        }
        for kind in SMPPStatus.Kind.allCases {
            for value in reader.list(kind.rawValue) ?? [] {
                guard let status = value.wholeNumber.flatMap(UInt32.init(exactly:)), status > 0 else {
                    throw ConfigError(setting: kind.rawValue, problem: "must hold command statuses such as 69")
                }
                guard statuses.updateValue(kind, forKey: status) == nil else {
                    throw ConfigError(setting: kind.rawValue, problem: "holds \(status), which stands there twice")
                }
            }
        }
    }

    private static func plainText(
        _ name: String, longest: Int, _ reader: inout ConfigReader
    ) throws(ConfigError) -> String? {
        guard let text = try reader.text(name) else { return nil }
        guard text.utf8.count <= longest, text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) else {
            throw ConfigError(setting: name, problem: "must have at most \(longest) characters, all of them ASCII")
        }
        return text
    }
}
