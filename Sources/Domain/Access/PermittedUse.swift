/// One thing that a source may send. What is empty is open; all that is said must hold together.
package struct PermittedUse: Sendable, Hashable {
    package var categories: Set<Category> = []
    package var channels: Set<Channel> = []
    package var priorities: Set<Priority> = []
    /// By name, whatever the version.
    package var templates: Set<String> = []
    /// Where to. An address that tells no country (email, push) is in none of them.
    package var countries: Set<Region> = []
    /// Whether it may write its own texts instead of using templates.
    package var allowsRaw = false

    package init() {}

    func covers(_ category: Category) -> Bool { categories.isEmpty || categories.contains(category) }
    func covers(_ channel: Channel) -> Bool { channels.isEmpty || channels.contains(channel) }
    func covers(_ priority: Priority) -> Bool { priorities.isEmpty || priorities.contains(priority) }

    func covers(_ content: ProposedSend.Content) -> Bool {
        switch content {
        case .template(let name): templates.isEmpty || templates.contains(name)
        case .raw: allowsRaw
        }
    }
}

/// What somebody is about to send, as far as permissions go; the country is asked for each recipient.
package struct ProposedSend: Sendable, Hashable {
    package enum Content: Sendable, Hashable {
        case template(String)
        case raw
    }

    package var category: Category
    package var channel: Channel
    package var priority: Priority
    package var content: Content

    package init(category: Category, channel: Channel, priority: Priority, content: Content) {
        self.category = category
        self.channel = channel
        self.priority = priority
        self.content = content
    }
}
