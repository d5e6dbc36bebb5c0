import Domain
import Foundation
import Storage

/// `herald watch DIR`: every file that arrives in a folder becomes a campaign.
enum WatchCommand {
    static let commands: [Command] = [
        Command(
            "watch", "send each file that is dropped into a folder, once it is complete", operands: "DIR",
            options: CampaignOptions.reading + CampaignOptions.sending + [
                .value("interval", "TIME", "a file is complete when it did not change for so long (default 2s)"),
                .flag("once", "send what is there now and end: for cron"),
            ],
            example: "herald watch /srv/drop/acme --tenant acme --template spring", run: watch)
    ]

    /// Waits between tries while the database is away: 2, 4 … 32 s.
    private static let longestPause: Duration = .seconds(32)

    private static func watch(_ arguments: Arguments, _ screen: Screen) async throws -> ExitCode {
        let stop = StopSignal()
        // A lease that somebody breaks by writing is announced by a signal that would end this process.
        signal(SIGIO, SIG_IGN)
        let isOnce = arguments.has("once")
        let shortest: Duration = isOnce ? .zero : .seconds(1)
        let interval = max(shortest, try arguments.text("interval").map(TimeText.duration) ?? .seconds(2))
        let folder: WatchedFolder
        do {
            folder = try WatchedFolder(arguments.operands[0])
        } catch let inUse as WatchedFolder.InUse {
            guard isOnce else { throw inUse }
            // Cron started the next run while this one is still busy: nothing is wrong.
            screen.note("\(inUse)")
            return .done
        }
        let installation = try await Installation.open(arguments)
        // A wrong option shows now, not when the first file is there.
        let request = try await CampaignOptions.request(arguments, file: folder.path, installation)
        try await CampaignCommands.requireRoute(for: request, installation)
        if try await installation.aliveWorkers().isEmpty {
            screen.note("No worker is running; campaigns wait until one does (`herald up` or `herald work`).")
        }
        let sender = FolderSender(folder, arguments, installation, screen)
        if isOnce {
            try await sender.settleInterrupted()
            let before = try folder.sightings()
            guard !before.isEmpty, interval == .zero ? !stop.hasCome : !(await stop.hasCome(within: interval)) else {
                return sender.worst
            }
            for name in folder.complete(before: before, now: try folder.sightings()) where !stop.hasCome {
                try await sender.send(name)
            }
            return sender.worst
        }
        screen.note("Watching \(folder.path). Ctrl-C ends it after the file that is being read.")
        try await keepSending(sender, folder, every: interval, until: stop, screen)
        return .done
    }

    private static func keepSending(
        _ sender: FolderSender, _ folder: WatchedFolder, every interval: Duration, until stop: StopSignal,
        _ screen: Screen
    ) async throws {
        var before: [String: FileSighting] = [:]
        var pause = interval
        repeat {
            do {
                try await sender.settleInterrupted()
                let now = try folder.sightings()
                for name in folder.complete(before: before, now: now) where !stop.hasCome {
                    try await sender.send(name)
                }
                before = now
                pause = interval
            } catch let error as CommandError {
                // The options name something that is gone, or the folder can't be used: somebody has to look.
                throw error
            } catch {
                pause = min(max(pause * 2, .seconds(2)), longestPause)
                screen.note(
                    "\(CommandFailure(error).text) The file is kept; next try in \(TimeText.short(Double(pause.components.seconds)))."
                )
            }
        } while !(await stop.hasCome(within: pause))
        screen.note("Stopped watching.")
    }
}
