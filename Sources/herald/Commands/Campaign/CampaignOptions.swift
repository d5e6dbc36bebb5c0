import Domain
import Foundation
import Ingest
import Jobs
import Storage

/// The options that say how a file is read and what is sent, shared by `check`, `send` and `watch`.
enum CampaignOptions {
    static let reading: [Option] = [
        .value("tenant", "T", "who sends"),
        .value("template", "N", "what is sent; NAME or NAME@VERSION"),
        .value(
            "channel", "C,…",
            "the template's, then those that follow where it reaches nobody, such as push,sms; or cheapest"),
        .value("category", "C", "marketing (default), transactional, alert, otp"),
        .value(
            "map", "ROLE=COLUMN", "which column is phone, email, token, locale, timezone, external_id, variant",
            repeats: true),
        .value("region", "SG", "where numbers without a country belong (default: the tenant's)"),
        .value("delimiter", "D", "comma, semicolon, tab, pipe or a character (default: found out)"),
        .flag("no-header", "the first line is a recipient already"),
        .value("dedupe", "KEY", "address (default), external-id, row, none"),
    ]

    static let sending: [Option] = [
        .value("source", "S", "the system that sends, for reports"),
        .value("name", "NAME", "what the campaign is called (default: the file's name)"),
        .value("priority", "P", "critical, high, normal, low (default: the category's)"),
        .value("at", "TIME", "when: 2026-03-01T09:00+08:00, 2026-03-01 09:00 (the tenant's time), +10m"),
        .value("overdue-limit", "TIME", "held instead of sent if overdue by more, such as 30m (default 1h)"),
        .value("expires", "TIME", "not sent any more after this long (default: the category's, 48h for marketing)"),
        .flag("again", "send although the same recipients had this template within a day"),
    ]

    /// The request that the options describe, for one file.
    static func request(_ arguments: Arguments, file: String, _ installation: Installation) async throws
        -> CampaignRequest
    {
        let tenant = try await installation.tenant(arguments)
        let template = try await template(arguments, tenant: tenant, installation)
        let category = try arguments.word("category", of: Category.self) ?? .marketing
        let input: UploadInput = file == "-" ? .descriptor(STDIN_FILENO) : .file(path: file)
        let name =
            arguments.text("name")
            ?? (file == "-" ? "standard input" : (file as NSString).lastPathComponent.printable())
        var request = CampaignRequest(tenant: tenant, template: template, name: name, category: category, input: input)
        try chooseChannels(arguments, for: &request)
        request.again = arguments.has("again")
        request.hasHeader = !arguments.has("no-header")
        if let region = try arguments.region("region") { request.region = region }
        if let dedupe = try arguments.word("dedupe", of: DedupeKey.self) { request.dedupe = dedupe }
        request.delimiter = try delimiter(arguments)
        request.columns = try columns(arguments)
        if let word = arguments.text("priority") {
            guard let priority = Priority(word: word) else {
                throw CommandError.usage("--priority is one of critical, high, normal, low, not “\(word)”.")
            }
            request.priority = priority
        }
        if let name = arguments.text("source") {
            guard
                let source = try await installation.parties.sources(tenant: tenant.id).first(where: { $0.name == name })
            else {
                throw CommandError.failed(
                    "Tenant “\(tenant.name)” has no source “\(name)”. `herald source add \(name) --tenant \(tenant.name)` makes it."
                )
            }
            if let pause = source.pause, !pause.spares(category, request.priority ?? category.defaultPriority) {
                throw CommandError.failed("Nothing is sent: \(pause.refusal(source: name, tenant: tenant.name)).")
            }
            request.source = source.id
        }
        request.dueAt = try arguments.text("at").map { try TimeText.instant($0, zone: tenant.timeZone, now: .now) }
        request.overdueLimit = try arguments.text("overdue-limit").map { try TimeText.duration($0) }
        request.expiry = try arguments.text("expires").map { try TimeText.duration($0) }
        return request
    }

    private static func template(
        _ arguments: Arguments, tenant: Tenant, _ installation: Installation
    ) async throws -> TemplateVersion {
        let parts = try arguments.required("template").split(separator: "@", maxSplits: 1).map(String.init)
        let version = parts.count == 2 ? Int64(parts[1]) : nil
        guard let name = parts.first, parts.count == 1 || version != nil,
            let template = try await installation.parties.template(tenant: tenant.id, name: name, version: version)
        else {
            throw CommandError.failed(
                "Tenant “\(tenant.name)” has no template “\(arguments.text("template") ?? "")”. `herald template list --tenant \(tenant.name)` shows them."
            )
        }
        return template
    }

    /// `--channel push,sms`: the template's own, then those that follow. `--channel cheapest`: of all that the template
    /// has something for.
    private static func chooseChannels(_ arguments: Arguments, for request: inout CampaignRequest) throws {
        guard let text = arguments.text("channel") else { return }
        let name = request.template.name
        let template: MessageTemplate
        do {
            template = try MessageTemplate(json: JSON.parse(request.template.content))
        } catch {
            throw CommandError.failed("Template “\(name)” can't be used: \(error)")
        }
        let choice: ChannelChoice
        if text == "cheapest" {
            choice = .cheapest
        } else {
            choice = .order(
                try text.split(separator: ",", omittingEmptySubsequences: false).map {
                    try Arguments.word(String($0).trimmingBlanks, of: Channel.self, in: "--channel")
                })
        }
        do throws(ChannelChoice.Fault) {
            (request.channels, request.isCheapest) = try choice.channels(template)
        } catch {
            throw refusal(error, template: name, text)
        }
    }

    private static func refusal(_ fault: ChannelChoice.Fault, template name: String, _ text: String) -> CommandError {
        switch fault {
        case .only(let channel):
            .failed(
                "Template “\(name)” is for \(channel.rawValue) alone: there is nothing to choose from. "
                    + "`herald template add \(name) --variant email --subject … --text …` adds another channel.")
        case .notFirst(let channel, let own):
            .failed("Template “\(name)” is for \(own.rawValue), not \(channel.rawValue).")
        case .twice: .usage("--channel names a channel twice: \(text).")
        case .mute(let channel):
            .failed(
                "Template “\(name)” has nothing to say by \(channel.rawValue). "
                    + "`herald template add \(name) --variant \(channel.rawValue) --subject … --text …` adds it.")
        }
    }

    private static func delimiter(_ arguments: Arguments) throws -> UInt8? {
        guard let text = arguments.text("delimiter") else { return nil }
        switch text {
        case "comma": return 0x2C
        case "semicolon": return 0x3B
        case "tab", "\\t": return 0x09
        case "pipe": return 0x7C
        default:
            guard text.utf8.count == 1, let byte = text.utf8.first, byte < 0x80, byte != 0x22, byte != 0x0A,
                byte != 0x0D
            else {
                throw CommandError.usage("--delimiter takes comma, semicolon, tab, pipe or one character.")
            }
            return byte
        }
    }

    private static func columns(_ arguments: Arguments) throws -> [String: String] {
        var columns: [String: String] = [:]
        for pair in arguments.all("map") {
            let parts = pair.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2 else {
                throw CommandError.usage("--map takes ROLE=COLUMN, such as --map phone=Handy.")
            }
            columns[parts[0]] = parts[1]
        }
        return columns
    }
}
