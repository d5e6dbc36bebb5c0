import Domain
import Foundation
import Jobs
import Storage

/// Waits for a campaign and shows how far it is. If nothing works on this Herald, this process does.
struct CampaignWatch {
    let installation: Installation
    let screen: Screen

    func wait(for id: Int64) async throws -> CampaignOutcome {
        if try await installation.aliveWorkers().isEmpty {
            screen.note("No worker is running; this process sends. (`herald up` keeps one running.)")
            try await WorkerProcess(installation, screen: screen).run { try await follow(id) }
        } else {
            try await follow(id)
        }
        return try await CampaignOutcome.load(id, installation)
    }

    private func follow(_ id: Int64) async throws {
        let meter = Meter(screen: screen)
        while true {
            guard let campaign = try await installation.campaigns.campaign(id) else { return }
            if campaign.state.isOver {
                screen.endProgress()
                return
            }
            let progress = try await installation.campaigns.progress(id)
            switch campaign.state {
            case .held:
                screen.endProgress()
                screen.note(campaign.note)
                return
            case .restored:
                screen.endProgress()
                screen.note("It came back from a backup and is held. `herald restore confirm` shows what would start.")
                return
            case .paused where !campaign.note.isEmpty:
                screen.endProgress()
                screen.note(campaign.note)
                return
            case .paused: meter.say("paused at \(grouped(progress.done)) of \(grouped(campaign.recipients))")
            case .scheduled: meter.say("scheduled for \(campaign.dueAt)")
            default:
                meter.show(
                    "sending", done: progress.done, total: campaign.recipients,
                    extra: "rejected \(grouped(campaign.rejected))")
            }
            try await Task.sleep(for: .milliseconds(200))
        }
    }
}

/// A bar with count, rate and what is left, on a terminal; a plain line every few seconds elsewhere.
final class Meter: @unchecked Sendable {  // Used by one task at a time: the one that shows progress.
    private let screen: Screen
    private let started = ContinuousClock.now
    private var lastLine: ContinuousClock.Instant?
    private var first: Int64?

    init(screen: Screen) { self.screen = screen }

    func show(_ what: String, done: Int64, total: Int64, extra: String = "") {
        let seconds = started.duration(to: .now).seconds
        if first == nil { first = done }
        let rate = seconds > 0 ? Double(done - (first ?? 0)) / seconds : 0
        let share = total > 0 ? min(1, Double(done) / Double(total)) : 0
        var text = "\(what) \(grouped(done)) of \(grouped(total)) (\(Int(share * 100))%), \(grouped(Int64(rate)))/s"
        if rate > 0, done < total { text += ", \(TimeText.short(Double(total - done) / rate)) left" }
        if !extra.isEmpty { text += ", " + extra }
        let filled = Int(share * 24)
        say(text, bar: "[" + String(repeating: "█", count: filled) + String(repeating: "·", count: 24 - filled) + "] ")
    }

    func say(_ text: String, bar: String = "") {
        let pause: Duration = screen.isTerminal ? .milliseconds(100) : .seconds(5)
        guard !screen.isJSON, lastLine.map({ $0.duration(to: .now) > pause }) ?? true else { return }
        lastLine = .now
        screen.isTerminal ? screen.progress(bar + text) : screen.note(text)
    }
}

extension TimeText {
    /// `45 s`, `3 min`, `2 h`.
    static func short(_ seconds: Double) -> String {
        switch seconds {
        case ..<90: "\(max(1, Int(seconds.rounded()))) s"
        case ..<5400: "\(Int((seconds / 60).rounded())) min"
        default: "\(Int((seconds / 3600).rounded())) h"
        }
    }
}
