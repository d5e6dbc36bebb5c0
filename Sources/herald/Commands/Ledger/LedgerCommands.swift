/// `herald ledger …`: what happened to messages, and the proof that the reports agree.
enum LedgerCommands {
    static let commands: [Command] = [LedgerFind.command, LedgerTrace.command, LedgerVerify.command]
}
