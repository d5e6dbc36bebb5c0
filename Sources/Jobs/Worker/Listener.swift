import Domain
import Storage

/// Hears from the database that there is work or that the configuration changed. Only a hint: whoever
/// waits for work looks by himself after a while too.
struct Listener {
    let connection: PostgresConnection
    let wake: WakeSignal
    var receiptWake = WakeSignal()
    let onConfiguration: @Sendable () async -> Void

    func run() async {
        var isListening = false
        while !Task.isCancelled {
            do {
                let mustListen = !isListening
                let heard = try await connection.run { session in
                    if mustListen {
                        try session.execute("LISTEN herald_work; LISTEN herald_configuration; LISTEN herald_callbacks")
                    }
                    return try session.notifications(waiting: .milliseconds(250))
                }
                if mustListen {
                    isListening = true
                    // Something may have been said before.
                    await onConfiguration()
                    wake.signal()
                }
                if heard.contains("herald_configuration") { await onConfiguration() }
                if heard.contains("herald_callbacks") { receiptWake.signal() }
                if heard.contains(where: { $0 != "herald_callbacks" }) { wake.signal() }
            } catch {
                isListening = false
                try? await Task.sleep(for: .milliseconds(250))
            }
        }
        await connection.close()
    }
}
