/// Every command, in the order of the help.
enum CommandTable {
    static let all: [Command] = [
        UpCommands.commands,
        StatusCommand.commands,
        DoctorCommand.commands,
        BackupCommands.commands,
        RestoreCommands.commands,
        MigrateCommand.commands,
        CampaignCommands.commands,
        WatchCommand.commands,
        TenantCommands.commands,
        SourceCommands.commands,
        SourcePermitCommands.commands,
        SourceLimitCommand.commands,
        SourcePauseCommands.commands,
        KeyCommands.commands,
        TemplateCommands.commands,
        PriceCommands.commands,
        RateCommands.commands,
        BudgetCommands.commands,
        ProviderCommands.commands,
        ProviderKindCommands.commands,
        ProviderTestCommand.commands,
        ProviderStatusCommands.commands,
        ProviderGrantCommands.commands,
        RouteCommands.commands,
        SenderCommands.commands,
        ApplyCommand.commands,
        OptOutCommands.commands,
        DenyCommands.commands,
        ReportCommands.commands,
        LedgerCommands.commands,
        AuditCommands.commands,
        EvidenceCommands.commands,
        PersonCommands.commands,
        ArchiveCommands.commands,
        RetentionCommands.commands,
        ReceiptCommands.commands,
        DeadLetterCommands.commands,
        WebhookCommands.commands,
        AlertCommands.commands,
        AlertRuleCommands.commands,
        ToolCommands.commands,
        SandboxCommand.commands,
    ].flatMap { $0 }

    /// The command that the words begin with (the longest wins) and what follows them.
    static func find(_ words: [String]) throws -> (command: Command, rest: [String]) {
        for length in stride(from: min(3, words.count), to: 0, by: -1) {
            if let command = all.first(where: { $0.words == Array(words.prefix(length)) }) {
                return (command, Array(words.dropFirst(length)))
            }
        }
        let group = all.filter { $0.words.first == words.first }
        if !group.isEmpty {
            let verbs = group.map { $0.words.dropFirst().joined(separator: " ") }.joined(separator: " | ")
            throw CommandError.usage("herald \(words[0]) \(verbs)")
        }
        throw CommandError.usage("There is no `herald \(words.first ?? "")`. `herald help` lists what there is.")
    }

    static var overview: String {
        var lines = ["herald — one gateway for everything you send to your customers", ""]
        for command in all {
            let left = command.name + (command.operands.isEmpty ? "" : " " + command.operands)
            lines.append("  " + left.padding(to: 34) + command.summary)
        }
        lines += [
            "", "`herald COMMAND --help` shows options and an example. First steps: `./run demo`, or the README.",
        ]
        return lines.joined(separator: "\n")
    }

    /// The help of a group: `herald campaign --help`.
    static func groupHelp(_ word: String) -> String? {
        let group = all.filter { $0.words.first == word }
        guard !group.isEmpty else { return nil }
        return group.map { "  " + ($0.name + " " + $0.operands).padding(to: 34) + $0.summary }.joined(separator: "\n")
    }
}
