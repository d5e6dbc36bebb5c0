import Domain
import Glibc
import Storage

/// A folder of finished reports. Files are whole under their names or not there; nothing that finance may have
/// taken away is ever changed: what became different since is written as a numbered correction beside it.
package struct ReportFolder: ~Copyable {
    package struct Options: Sendable {
        package var isPacked = false
        package var hasWorkbook = false

        package init(isPacked: Bool = false, hasWorkbook: Bool = false) {
            self.isPacked = isPacked
            self.hasWorkbook = hasWorkbook
        }
    }

    package struct Written: Sendable {
        package enum Kind: Sendable, Hashable {
            case new
            /// The same as before, to the byte.
            case unchanged
            case correction(Int)
        }

        package let kind: Kind
        /// The manifest's path and those of the files, the CSV first.
        package let manifest: String
        package let files: [String]
    }

    package let path: String
    private let lock: ReportLock

    /// Takes the folder, which is made where it is missing; fails where another process writes into it.
    package init(_ path: String) throws(ReportError) {
        self.path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
        do throws(FileError) { try Folder.make(self.path) } catch { throw .notWritten(error) }
        lock = try ReportLock(self.path)
        removeLeftovers()
    }

    /// The report's name, without an ending.
    package static func name(_ kind: ReportKind, _ period: ReportPeriod, tenant: String?) -> String {
        "\(kind.rawValue)-\(period.name)\(tenant.map { "-" + $0 } ?? "")"
    }

    package func write(_ report: Report, _ options: Options, now: Timestamp = .now) throws(ReportError) -> Written {
        let base = Self.name(report.kind, report.period, tenant: report.tenant)
        guard let latest = try latest(base) else { return try publish(report, options, base, nil, .new, now) }
        if let mismatch = latest.manifest.mismatch(with: report) {
            throw .otherReport(path: "\(path)/\(latest.name).json", what: mismatch)
        }
        // A day that was not over yet was never final: it is made anew in its place.
        guard latest.manifest.isComplete else {
            return try publish(report, options, latest.name, latest.manifest.json["correction"], .new, now)
        }
        let table = report.main.csv
        let old = try contents(latest.name)
        if old == table {
            // Files that were asked for only now, or went missing, are put beside it.
            let files = try files(report, options, latest.name)
            var known: [String: String] = [:]
            for file in latest.manifest.files { known[file.name] = file.digest }
            if files.allSatisfy({ file in
                known[file.name] == file.digest && ReportFile.read("\(path)/\(file.name)") == file.bytes
            }) {
                return Written(
                    kind: .unchanged, manifest: "\(path)/\(latest.name).json", files: files.map { "\(path)/\($0.name)" }
                )
            }
            return try publish(report, options, latest.name, latest.manifest.json["correction"], .unchanged, now)
        }
        guard let old else {
            return try publish(report, options, latest.name, latest.manifest.json["correction"], .new, now)
        }
        let number = latest.number + 1
        let difference: ReportDifference
        do {
            difference = ReportDifference(
                old: try CSVDocument(old), new: try CSVDocument(table), keys: report.main.keys)
        } catch { throw .notRead(path: "\(path)/\(latest.name).csv", reason: "\(error)") }
        return try publish(
            report, options, "\(base).correction-\(number)",
            difference.json(
                number: number, corrects: "\(latest.name).json", before: latest.manifest.json["totals"],
                after: ReportManifest.totals(report)), .correction(number), now)
    }

    /// The periods up to one that are missing: those behind the first that was ever written here, at most so many.
    package func missed(
        _ kind: ReportKind, upTo last: ReportPeriod, tenant: String?, most: Int
    ) -> [ReportPeriod] {
        var periods: [ReportPeriod] = []
        var candidates: [ReportPeriod] = []
        var period: ReportPeriod? = last
        for _ in 0..<most {
            guard let current = period else { break }
            if isThere(Self.name(kind, current, tenant: tenant)) {
                // What was missed lies between two that are there.
                periods += candidates
                candidates = []
            } else {
                candidates.append(current)
            }
            period = current.previous
        }
        // Nothing was ever written before: only the last one is owed.
        if !isThere(Self.name(kind, last, tenant: tenant)), !periods.contains(last) { periods.append(last) }
        return periods.sorted { $0.start < $1.start }
    }

    // MARK: What is there

    private struct Version {
        let name: String
        let number: Int
        let manifest: ReportManifest
    }

    private func isThere(_ base: String) -> Bool {
        guard let bytes = ReportFile.read("\(path)/\(base).json") else { return false }
        return (try? JSON.parse(bytes)).map { ReportManifest(json: $0).isComplete } ?? false
    }

    /// The report or its last correction.
    private func latest(_ base: String) throws(ReportError) -> Version? {
        var found: Version?
        for number in 0..<10_000 {
            let name = number == 0 ? base : "\(base).correction-\(number)"
            guard let bytes = ReportFile.read("\(path)/\(name).json") else { break }
            guard let json = try? JSON.parse(bytes) else {
                throw .notRead(path: "\(path)/\(name).json", reason: "it is no JSON")
            }
            found = Version(name: name, number: number, manifest: ReportManifest(json: json))
        }
        return found
    }

    /// The main table as it was written; nil where its file is gone.
    private func contents(_ name: String) throws(ReportError) -> [UInt8]? {
        if let plain = ReportFile.read("\(path)/\(name).csv") { return plain }
        guard let packed = ReportFile.read("\(path)/\(name).csv.gz") else { return nil }
        guard let plain = GzipFile.unpack(packed) else {
            throw .notRead(path: "\(path)/\(name).csv.gz", reason: "it is no gzip file, or damaged")
        }
        return plain
    }

    // MARK: Writing

    private func files(
        _ report: Report, _ options: Options, _ name: String
    ) throws(ReportError) -> [ReportManifest.File] {
        let table = report.main
        let csv = options.isPacked ? try GzipFile.pack(table.csv) : table.csv
        var files = [
            ReportManifest.File(
                name: name + (options.isPacked ? ".csv.gz" : ".csv"), bytes: csv, rows: table.rows.count)
        ]
        if options.hasWorkbook {
            let book = try Workbook.bytes(report.tables, title: name, created: report.period.end)
            files.append(ReportManifest.File(name: name + ".xlsx", bytes: book, rows: table.rows.count))
        }
        return files
    }

    /// All files are written and synced under other names before the first gets its own; the manifest is the last.
    private func publish(
        _ report: Report, _ options: Options, _ name: String, _ correction: JSON?, _ kind: Written.Kind,
        _ now: Timestamp
    ) throws(ReportError) -> Written {
        var files = try files(report, options, name)
        let paths = files.map { "\(path)/\($0.name)" }
        let manifest = ReportManifest(report, files: files, correction: correction, now: now)
        files.append(ReportManifest.File(name: name + ".json", bytes: manifest.bytes, rows: 0))
        do throws(FileError) {
            var made: [AtomicFile] = []
            for file in files {
                let next = try AtomicFile("\(path)/\(file.name)", mode: 0o644)
                try next.write(file.bytes)
                made.append(next)
            }
            for file in made { try file.commit() }
        } catch {
            throw .notWritten(error)
        }
        return Written(kind: kind, manifest: "\(path)/\(name).json", files: paths)
    }

    /// What a run left behind that was killed: nobody else writes here while the lock is held.
    private func removeLeftovers() {
        for name in Folder.names(in: path) {
            let isOurs = ReportKind.allCases.contains { name.hasPrefix(".\($0.rawValue)-") }
            let ends = name.split(separator: ".").suffix(2)
            if isOurs, ends.count == 2, ends.allSatisfy({ UInt32($0) != nil }) { unlink("\(path)/\(name)") }
        }
    }
}
