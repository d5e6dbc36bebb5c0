import Domain
import Storage

/// Settings of the database's server that lose data, or that slow everything down.
struct SettingsCheckup {
    let database: Database

    func findings() async throws -> [Finding] {
        let (settings, used) = try await database.run { session in
            var settings: [String: String] = [:]
            let names = [
                "fsync", "full_page_writes", "synchronous_commit", "autovacuum", "max_connections", "shared_buffers",
                "track_counts",
            ]
            let rows = try session.query(
                "SELECT name::text AS name, setting FROM pg_settings WHERE name = ANY ($1)", [.textArray(names)])
            for place in 0..<rows.count { settings[try rows[place].text("name")] = try rows[place].text("setting") }
            let used = try session.query(
                "SELECT count(*) AS n FROM pg_stat_activity WHERE backend_type = 'client backend'")[0]
            return (settings, try used.int("n"))
        }
        return Self.findings(settings, connections: used)
    }

    static func findings(_ settings: [String: String], connections: Int64) -> [Finding] {
        var findings: [Finding] = []
        func set(_ name: String, _ value: String) -> String {
            "In psql, as the database's owner: ALTER SYSTEM SET \(name) = \(value); SELECT pg_reload_conf();"
        }
        for name in ["fsync", "full_page_writes"] where settings[name] == "off" {
            findings.append(
                .wrong(
                    "settings", "\(name) is off: a crash of the machine can destroy the database. \(set(name, "on"))"))
        }
        if settings["synchronous_commit"] == "off" {
            findings.append(
                .wrong(
                    "settings",
                    "synchronous_commit is off: what was accepted is lost with the machine, and what was sent is sent again. \(set("synchronous_commit", "on"))"
                ))
        }
        for name in ["autovacuum", "track_counts"] where settings[name] == "off" {
            findings.append(.wrong("settings", "\(name) is off: tables grow without end. \(set(name, "on"))"))
        }
        if let most = settings["max_connections"].flatMap({ Int64($0) }), connections * 10 >= most * 9 {
            findings.append(
                .wrong(
                    "settings",
                    "\(connections) of \(most) connections are in use. \(set("max_connections", String(most * 2))) and restart it; or lower HERALD_DATABASE_CONNECTIONS"
                ))
        }
        // In pages of 8 kB.
        if let pages = settings["shared_buffers"].flatMap({ Int64($0) }), pages < 16_384 {
            findings.append(
                .note(
                    "settings",
                    "shared_buffers is \(pages / 128) MB; with less than 128 MB everything is slower. \(set("shared_buffers", "'512MB'")) and restart it"
                ))
        }
        return findings.isEmpty ? [.fine("settings", "of the database: nothing that loses data")] : findings
    }
}
