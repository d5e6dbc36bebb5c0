import Domain

/// What all messages of a stream have in common: a stream is the open campaign of one day to which messages that came
/// one by one belong.
package struct StreamKey: Sendable, Hashable {
    package let tenant: Int64
    package let source: Int64?
    package let template: Int64
    package let channel: Channel
    package let category: Category
    package let priority: Priority
    /// The fields of its messages, as the campaign's record of columns.
    package let columns: String
    /// What people see; not part of what tells streams apart.
    package let name: String

    package init(
        tenant: Int64, source: Int64?, template: Int64, channel: Channel, category: Category, priority: Priority,
        columns: String, name: String
    ) {
        self.tenant = tenant
        self.source = source
        self.template = template
        self.channel = channel
        self.category = category
        self.priority = priority
        self.columns = columns
        self.name = name
    }

    /// Urgent messages never wait in one line with others.
    package var lane: Lane { priority == .critical ? .fast : .bulk }
}

/// Places for shards in a stream, for one process alone.
package struct StreamPlaces: Sendable, Hashable {
    package let campaign: Int64
    package let places: Range<Int>
    /// How long its day lasts: what comes later belongs to another one.
    package let lasts: Duration
}
