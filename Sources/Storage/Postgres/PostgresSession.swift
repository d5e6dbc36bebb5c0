private import CPostgres
import Domain
import Glibc

/// The one owner of a libpq connection. Synchronous, and not Sendable: it lives on its
/// `PostgresConnection`'s thread, where whole transactions run without a hop between statements.
///
/// After `connectionLost` the session is dead until `reconnect()`; prepared statements are made again
/// by themselves.
package final class PostgresSession {
    private var connection: OpaquePointer
    private let url: String
    /// Who sits at the command line; nil for a process that serves.
    let origin: AuditOrigin?
    private var prepared: [String: String] = [:]
    /// Never used twice: the server may still have a statement that is forgotten here.
    private var statements = 0
    /// As whom statements run: a tenant, or the owner.
    private var identity = Identity.owner

    private enum Identity: Hashable {
        case owner, tenant(Int64)
        /// A change that failed may have been made or not.
        case unsure
    }

    /// `origin`: whom the database names for changes that tell of nobody.
    package init(url: String, origin: AuditOrigin? = nil) throws(StorageError) {
        guard let connection = Self.connect(url) else { throw .connectionLost("out of memory") }
        self.connection = connection
        self.url = url
        self.origin = origin
        try checkConnected()
    }

    deinit { PQfinish(connection) }

    /// With bounds on waiting for a server that vanished without a word; what the URL says goes before them.
    private static func connect(_ url: String) -> OpaquePointer? {
        let settings = [
            ("connect_timeout", "10"), ("keepalives_idle", "10"), ("keepalives_interval", "5"),
            ("keepalives_count", "3"),
            ("tcp_user_timeout", "20000"), ("fallback_application_name", "herald"), ("dbname", url),
        ]
        let words = settings.map { strdup($0.0) }
        let values = settings.map { strdup($0.1) }
        defer { for word in words + values { free(word) } }
        let names = words.map { UnsafePointer($0) } + [nil]
        return PQconnectdbParams(names, values.map { UnsafePointer($0) } + [nil], 1)
    }

    package var isAlive: Bool { PQstatus(connection) == CONNECTION_OK }

    /// Looks whether the server has hung up while nothing was asked of it, so that a server that was
    /// restarted costs nobody an error. One system call; its last words come before the end.
    func noticeHangUp() {
        var look = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
        while poll(&look, 1, 0) > 0, PQconsumeInput(connection) == 1 {}
    }

    /// The number of the server process that serves this session.
    package var backendPID: Int32 { PQbackendPID(connection) }
    package var socket: Int32 { PQsocket(connection) }

    package func reconnect() throws(StorageError) {
        prepared.removeAll()
        identity = .owner
        PQreset(connection)
        try checkConnected()
    }

    private func checkConnected() throws(StorageError) {
        guard PQstatus(connection) == CONNECTION_OK else { throw .connectionLost(connectionMessage) }
        PQsetNoticeProcessor(connection, { _, _ in }, nil)
        try execute("SET client_min_messages = warning")
        guard let origin else { return }
        // Not by set_config, which may be forbidden.
        try execute(
            "SET herald.actor = \(Self.literal(origin.actor)); SET herald.origin = \(Self.literal(origin.origin))")
    }

    /// For a setting, which takes no parameters.
    private static func literal(_ text: String) -> String {
        "E'" + text.replacing("\\", with: "\\\\").replacing("'", with: "''").filter { $0 != "\0" } + "'"
    }

    /// From here on statements run as a tenant, which sees and writes its own rows alone, or as the owner. One round trip
    /// where that is a change, none where it is not.
    func become(_ tenant: Int64?) throws(StorageError) {
        let wanted = tenant.map { Identity.tenant($0) } ?? .owner
        guard identity != wanted else { return }
        // What is set in a transaction that somebody forgot to end would go with it.
        let forgotten = PQtransactionStatus(connection) == PQTRANS_IDLE ? "" : "ROLLBACK; "
        identity = .unsure
        switch tenant {
        case let tenant?: try execute("\(forgotten)SET herald.tenant = '\(tenant)'; SET ROLE herald_tenant")
        case nil: try execute("\(forgotten)RESET ROLE; SET herald.tenant = ''")
        }
        identity = wanted
    }

    /// Whether a restore into this database has begun and not ended.
    func isBeingRestored() throws(StorageError) -> Bool {
        try query("SELECT to_regnamespace('herald_restore') IS NOT NULL AS is_restoring")[0].bool("is_restoring")
    }

    // MARK: Statements

    /// Runs one or more statements without parameters and drops their rows.
    package func execute(_ sql: String) throws(StorageError) {
        guard PQsendQuery(connection, sql) == 1 else { throw lost() }
        if let last = try drain() { PQclear(last) }
    }

    /// Runs one statement for its effect.
    package func execute(_ sql: String, _ parameters: [PostgresValue]) throws(StorageError) {
        _ = try query(sql, parameters)
    }

    /// Runs several statements without parameters as one transaction and one round trip; returns the last
    /// one's rows.
    package func batch(_ sql: String) throws(StorageError) -> PostgresRows {
        guard PQsendQuery(connection, sql) == 1 else { throw lost() }
        guard let result = try drain() else { throw .malformed("no answer") }
        return PostgresRows(owning: result)
    }

    /// Runs one statement. It is prepared at its first use and reused by its text.
    @discardableResult
    package func query(_ sql: String, _ parameters: [PostgresValue] = []) throws(StorageError) -> PostgresRows {
        do throws(StorageError) {
            return try runPrepared(sql, parameters)
        } catch {
            guard case .rejected(Self.outdatedPlan, _) = error else { throw error }
            // A newer Herald has added a column to what the statement selects.
            prepared.removeAll()
            guard PQtransactionStatus(connection) == PQTRANS_IDLE else { throw .serializationFailure }
            return try runPrepared(sql, parameters)
        }
    }

    /// “Cached plan must not change result type”, and little else that happens to statements of ours.
    private static let outdatedPlan = "0A000"

    private func runPrepared(_ sql: String, _ parameters: [PostgresValue]) throws(StorageError) -> PostgresRows {
        let types = parameters.map(\.typeID)
        // Apart for tenants: they have other rules, and who used it last would have the other plan it anew.
        let role = identity == .owner ? "" : "tenant "
        let key = types.isEmpty ? role + sql : "\(role)\(types)\(sql)"
        let name: String
        if let known = prepared[key] {
            name = known
        } else {
            statements += 1
            name = "s\(statements)"
            guard PQsendPrepare(connection, name, sql, Int32(types.count), types) == 1 else { throw lost() }
            if let done = try drain() { PQclear(done) }
            prepared[key] = name
        }
        return try answer(to: parameters) {
            PQsendQueryPrepared(connection, name, Int32(parameters.count), $0, $1, $2, 1)
        }
    }

    /// Runs one statement that is not prepared: for texts that are hardly ever the same.
    package func queryOnce(_ sql: String, _ parameters: [PostgresValue] = []) throws(StorageError) -> PostgresRows {
        let types = parameters.map(\.typeID)
        return try answer(to: parameters) {
            PQsendQueryParams(connection, sql, Int32(parameters.count), types, $0, $1, $2, 1)
        }
    }

    /// `send` gets the values, their lengths and their formats.
    private func answer(
        to parameters: [PostgresValue], _ send: ([UnsafePointer<CChar>?], [Int32], [Int32]) -> Int32
    ) throws(StorageError) -> PostgresRows {
        let values = parameters.map(\.encoded)
        let lengths = values.map { Int32($0?.count ?? 0) }
        let formats = parameters.map { _ in Int32(1) }
        guard withPointers(to: values, { send($0, lengths, formats) }) == 1 else { throw lost() }
        guard let result = try drain() else { throw .malformed("no answer") }
        return PostgresRows(owning: result)
    }

    /// Runs the body in a transaction, which may begin with settings of its own; rolled back on any error.
    package func transaction<T>(beginning settings: String = "", _ body: () throws -> T) throws -> T {
        do {
            try execute("BEGIN; \(settings)")
            let value = try body()
            try execute("COMMIT")
            return value
        } catch {
            if isAlive { try? execute("ROLLBACK") }
            throw error
        }
    }

    // MARK: COPY

    /// Starts a binary COPY; then `putCopy` any number of times and `endCopy`. The text may hold further
    /// statements after the COPY: together they are one transaction of their own and one round trip.
    package func startCopy(_ sql: String) throws(StorageError) {
        guard PQsendQuery(connection, sql) == 1 else { throw lost() }
        try awaitCopy()
    }

    /// Ends a COPY where the text goes on with another one, whose rows follow.
    func nextCopy() throws(StorageError) {
        guard PQputCopyEnd(connection, nil) == 1 else { throw lost() }
        try awaitCopy()
    }

    private func awaitCopy() throws(StorageError) {
        while true {
            guard let result = PQgetResult(connection) else { throw .malformed("COPY did not start") }
            let status = PQresultStatus(result)
            if status == PGRES_COPY_IN {
                PQclear(result)
                return
            }
            let error = status == PGRES_COMMAND_OK ? nil : failure(of: result)
            PQclear(result)
            if let error {
                discardAnswer()
                throw error
            }
        }
    }

    package func putCopy(_ bytes: borrowing [UInt8]) throws(StorageError) {
        let sent = bytes.withUnsafeBytes { buffer in
            PQputCopyData(connection, buffer.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(buffer.count))
        }
        guard sent == 1 else { throw lost() }
    }

    /// Ends the COPY and returns the rows of the last statement that followed it, in text format.
    @discardableResult
    package func endCopy() throws(StorageError) -> PostgresRows {
        guard PQputCopyEnd(connection, nil) == 1 else { throw lost() }
        guard let result = try drain() else { throw .malformed("no answer to COPY") }
        return PostgresRows(owning: result)
    }

    /// Reads a binary COPY row by row, in flat memory.
    package func copyOut(_ sql: String, _ row: (UnsafeRawBufferPointer) -> Void) throws(StorageError) {
        guard PQsendQuery(connection, sql) == 1 else { throw lost() }
        guard let start = PQgetResult(connection) else { throw lost() }
        guard PQresultStatus(start) == PGRES_COPY_OUT else {
            let error = failure(of: start)
            PQclear(start)
            discardAnswer()
            throw error
        }
        PQclear(start)
        while true {
            var buffer: UnsafeMutablePointer<CChar>?
            let length = PQgetCopyData(connection, &buffer, 0)
            guard length > 0, let buffer else { break }
            row(UnsafeRawBufferPointer(start: buffer, count: Int(length)))
            PQfreemem(buffer)
        }
        if let last = try drain() { PQclear(last) }
    }

    // MARK: Notifications

    /// Waits until the server says something on a channel that was listened to, or the time is over.
    /// Returns the channels' names.
    package func notifications(waiting: Duration) throws(StorageError) -> [String] {
        var found = collectNotifications()
        guard found.isEmpty else { return found }
        var poll = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
        _ = Glibc.poll(&poll, 1, Int32(clamping: waiting.wholeMilliseconds))
        guard PQconsumeInput(connection) == 1 else { throw lost() }
        found = collectNotifications()
        return found
    }

    private func collectNotifications() -> [String] {
        var found: [String] = []
        while let notify = PQnotifies(connection) {
            found.append(String(cString: notify.pointee.relname))
            PQfreemem(notify)
        }
        return found
    }

    // MARK: Answers

    /// Reads everything up to the end of the answer; keeps the last good result, throws the first error.
    private func drain() throws(StorageError) -> OpaquePointer? {
        var last: OpaquePointer?
        var error: StorageError?
        while let result = PQgetResult(connection) {
            switch PQresultStatus(result) {
            case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY:
                if let last { PQclear(last) }
                last = result
            case PGRES_COPY_IN:
                // Somebody ran a COPY as a plain statement: refuse it rather than hang.
                PQclear(result)
                _ = PQputCopyEnd(connection, "not expected here")
            default:
                if error == nil { error = failure(of: result) }
                PQclear(result)
            }
        }
        guard let error else { return last }
        if let last { PQclear(last) }
        throw error
    }

    /// Reads what is left of an answer that is known to have failed.
    private func discardAnswer() {
        while let result = PQgetResult(connection) { PQclear(result) }
    }

    private func failure(of result: OpaquePointer) -> StorageError {
        guard let stateText = PQresultErrorField(result, 67) else { return lost() }
        let state = String(cString: stateText)
        func field(_ code: Character) -> String {
            PQresultErrorField(result, Int32(code.asciiValue ?? 0)).map { String(cString: $0) } ?? ""
        }
        return switch state {
        case "40001", "40P01": .serializationFailure
        case "HR001": .fenced
        case "53100": .diskFull
        // The server shuts down or its backend was ended: the session is over though the socket may look well.
        case "57P01", "57P02", "57P03": .connectionLost(field("M"))
        case _ where state.hasPrefix("23"): .constraint(field("n"))
        default: .rejected(state: state, message: field("M"))
        }
    }

    private func lost() -> StorageError { .connectionLost(connectionMessage) }

    private var connectionMessage: String {
        let text = PQerrorMessage(connection).map { String(cString: $0) } ?? ""
        return text.split(separator: "\n").first.map(String.init) ?? "connection closed"
    }
}
