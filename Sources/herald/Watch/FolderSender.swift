import Domain
import Foundation
import Ingest
import Jobs
import Storage

/// Makes a campaign of each file of a watched folder, once each: whatever interrupts it, the next one who looks after
/// the folder finds out whether the campaign was stored.
final class FolderSender {
    private let folder: WatchedFolder
    private let arguments: Arguments
    private let installation: Installation
    private let screen: Screen
    /// How often a file could not be stored although the database answers.
    private var failures: [String: Int] = [:]
    private static let patience = 3

    private(set) var worst = ExitCode.done

    init(_ folder: WatchedFolder, _ arguments: Arguments, _ installation: Installation, _ screen: Screen) {
        self.folder = folder
        self.arguments = arguments
        self.installation = installation
        self.screen = screen
    }

    /// Settles what an earlier run, or this one before it lost the database, has begun.
    func settleInterrupted() async throws {
        for (name, campaign) in try folder.interrupted() {
            if let campaign, try await installation.campaigns.wasStored(campaign) {
                let note =
                    "The sending of this file was interrupted after its recipients were stored: campaign \(campaign) has them all, once."
                try await finish(name, campaign: campaign, note: note)
            } else {
                try folder.giveBack(name)
                screen.note(
                    "\(Self.printable(name)): was interrupted before anything of it was stored; it is sent now.")
            }
        }
    }

    /// Sends one file and moves it. Throws where the file is not at fault; it is then settled later.
    func send(_ name: String) async throws {
        let request = try await CampaignOptions.request(arguments, file: folder.sendingPath(name), installation)
        guard try folder.take(name) else { return }
        let meter = Meter(screen: screen)
        let folder = folder
        do {
            let result = try await CampaignUpload(database: installation.database, keys: installation.keys)
                .send(
                    request, progress: { meter.show(reading: $0) }, drawn: { try folder.record(campaign: $0, of: name) }
                )
            screen.endProgress()
            failures[name] = nil
            try await finish(name, campaign: result.campaign, note: nil)
        } catch let earlier as UploadWriter.AlreadySent {
            screen.endProgress()
            try refuse(
                name,
                "These recipients had template “\(request.template.name)” already: campaign \(earlier.campaign) of \(earlier.at). Nothing was sent. `herald campaign send --again` sends it all the same."
            )
        } catch {
            screen.endProgress()
            guard try await isAtFault(name, error) else { throw error }
            try refuse(name, "Nothing was sent: \(CommandFailure(error).text)")
        }
    }

    /// Whether trying the file again would end the same way.
    private func isAtFault(_ name: String, _ error: any Error) async throws -> Bool {
        switch error {
        case IngestError.readFailed, IngestError.spillFailed, IngestError.storeFailed, is StorageError:
            // It may be the database or the disk; a file that fails thrice while they answer is to blame itself.
            guard (try? await installation.database.run({ try $0.execute("SELECT 1") })) != nil else { return false }
            failures[name, default: 0] += 1
            return failures[name, default: 0] >= Self.patience
        case IngestError.cancelled, is CommandError: return false
        default: return true
        }
    }

    // MARK: The end of a file

    /// The campaign is stored: the file goes to `done`, or to `failed` if it held nobody, with its rejects.
    private func finish(_ name: String, campaign id: Int64, note: String?) async throws {
        guard let campaign = try await installation.campaigns.campaign(id) else {
            throw CommandError.failed("Campaign \(id) is gone from the database.")
        }
        let end: WatchedFolder.End = campaign.recipients > 0 ? .done : .failed
        let place = folder.place(for: name, in: end)
        if campaign.rejected > 0 {
            let output = try FileOutput(place + ".rejects.csv", screen: screen)
            _ = try await RejectsExport(database: installation.database, keys: installation.keys)
                .write(campaign) { try output.write($0) }
            try output.close()
        }
        if let note { try write(note, to: place + ".note.txt") }
        var reason: String?
        if end == .failed {
            reason =
                "Nothing was sent: no row holds a usable recipient. \((place as NSString).lastPathComponent).rejects.csv says why."
            try write(reason ?? "", to: place + ".error.txt")
        }
        try folder.finish(name, at: place)
        screen.line(
            "\(Self.printable(name)): campaign \(id), \(grouped(campaign.recipients)) accepted, \(grouped(campaign.rejected)) rejected, \(grouped(campaign.duplicates)) duplicates; moved to \(shown(place))"
        )
        if let note { screen.line("  " + note) }
        report(name, end, place, campaign, reason: reason ?? note)
        if campaign.rejected > 0 || end == .failed { worst = .doneWithRejects }
    }

    /// Nothing of the file is stored.
    private func refuse(_ name: String, _ reason: String) throws {
        failures[name] = nil
        let place = folder.place(for: name, in: .failed)
        try write(reason, to: place + ".error.txt")
        try folder.finish(name, at: place)
        screen.line("\(Self.printable(name)): \(reason) Moved to \(shown(place))")
        report(name, .failed, place, nil, reason: reason)
        worst = .doneWithRejects
    }

    private func write(_ text: String, to path: String) throws {
        let output = try FileOutput(path, screen: screen)
        try output.write(Array((text + "\n").utf8))
        try output.close()
    }

    private func report(
        _ name: String, _ end: WatchedFolder.End, _ place: String, _ campaign: Campaign?, reason: String?
    ) {
        var object = JSONObject()
        object["file"] = .string(name)
        object["result"] = .string(end.rawValue)
        object["moved_to"] = .string(place)
        object["reason"] = reason.map { .string($0) } ?? .null
        object["campaign"] = campaign.map { .int($0.id) } ?? .null
        object["accepted"] = .int(campaign?.recipients ?? 0)
        object["rejected"] = .int(campaign?.rejected ?? 0)
        object["duplicates"] = .int(campaign?.duplicates ?? 0)
        screen.json(.object(object))
    }

    private func shown(_ place: String) -> String { Self.printable(String(place.dropFirst(folder.path.count + 1))) }

    /// Anybody who may drop a file chooses its name: control characters would move the cursor.
    private static func printable(_ name: String) -> String {
        String(String.UnicodeScalarView(name.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? "?" : $0 }))
    }
}
