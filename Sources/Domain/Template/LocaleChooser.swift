/// Picks the content for each row's locale. Remembers the locales it has met, so that a row costs a comparison of
/// a few bytes and no allocation.
package struct LocaleChooser: Sendable {
    private let template: MessageTemplate
    private var known: [(locale: [UInt8], content: Int)] = []
    private let defaultContent: Int

    /// A file with more locales than this has something else in that column.
    private static let capacity = 64

    package init(_ template: MessageTemplate) {
        self.template = template
        defaultContent = template.content(for: "")
    }

    package mutating func content(for locale: Span<UInt8>) -> Int {
        if locale.isEmpty { return defaultContent }
        for entry in known where entry.locale.count == locale.count {
            var isSame = true
            for index in 0..<locale.count {
                if entry.locale[index] != locale[index] {
                    isSame = false
                    break
                }
            }
            if isSame { return entry.content }
        }
        let content = template.content(for: locale)
        if known.count < Self.capacity {
            known.append((locale.withUnsafeBufferPointer { Array($0) }, content))
        }
        return content
    }
}
