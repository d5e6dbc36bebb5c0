import Senders

/// A recipient whose message is rendered and about to be handed to a provider.
struct PreparedMessage {
    var item: RetryItem
    var parts: RenderedParts

    /// The provider whose turn it is.
    var step: Int { item.position.step }
}
