/// A text as an adaptive card. A text block would read Markdown, by which a person's name could become a link; a run
/// of text shows what it is, but no line breaks, so each line is a block.
enum TeamsCard {
    static func append(_ text: [UInt8], to body: inout RawBytes) {
        body.append(
            #"{"$schema":"http://adaptivecards.io/schemas/adaptive-card.json","type":"AdaptiveCard","version":"1.4","#
                + #""body":["#)
        // A blank line is the space that blocks have between them anyway.
        var follows = false
        var isFirst = true
        for line in text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            let line = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
            guard !line.isEmpty else {
                follows = false
                continue
            }
            if !isFirst { body.append(",") }
            body.append(
                follows
                    ? #"{"type":"RichTextBlock","spacing":"None","inlines":[{"type":"TextRun","text":"#
                    : #"{"type":"RichTextBlock","inlines":[{"type":"TextRun","text":"#)
            body.append(json: Array(line))
            body.append("}]}")
            follows = true
            isFirst = false
        }
        body.append("]}")
    }
}
