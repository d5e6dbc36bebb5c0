import Domain
import Storage

extension ApplyPlan {
    private struct Place: Hashable {
        let tenant: Int64?
        let channel: Channel
        let country: Region
        let provider: Int64?

        init(_ sender: SenderIdentity) {
            tenant = sender.tenant
            channel = sender.channel
            country = sender.country
            provider = sender.provider
        }
    }

    mutating func planSenders(
        _ file: ConfigurationFile, _ names: RouteNames, _ installation: Installation, prunes: Bool
    ) async throws {
        guard file.has(.senders) else { return }
        let stored = try await installation.senders.senders()
        let known = Dictionary(stored.map { (Place($0.sender), $0.sender) }, uniquingKeysWith: { first, _ in first })
        var wanted: Set<Place> = []
        for item in file.items(.senders) {
            let arguments = try item.arguments(of: SenderCommands.addition, operand: "sender")
            let sender = try item.named { try SenderInput.sender(arguments, names) }
            guard wanted.insert(Place(sender)).inserted else {
                throw item.fault("a sender for the same messages stands above.")
            }
            let old = known[Place(sender)]
            guard old?.value != sender.value else { continue }
            let words = "sender for \(item.words(without: "sender")):"
            if let old { add(.changed, "\(words) \(old.value) -> \(sender.value)") }
            if old == nil { add(.added, "\(words) \(sender.value)") }
            step { installation in
                _ = try await installation.senders.store(
                    try SenderInput.sender(arguments, try await RouteNames(installation)))
            }
        }
        guard prunes else { return }
        for entry in stored where !wanted.contains(Place(entry.sender)) {
            let sender = entry.sender
            let whose = [
                entry.tenantName.map { ", tenant \($0)" }, entry.providerName.map { ", provider \($0)" },
                sender.country == .none ? nil : ", country \(sender.country.code)",
            ].compactMap { $0 }.joined()
            add(.removed, "sender for channel \(sender.channel.rawValue)\(whose): \(sender.value)")
            step { _ = try await $0.senders.remove(sender.id) }
        }
    }
}
