/// A Liquid template: parsed and compiled once, rendered any number of times. It can neither crash nor hang nor run
/// out of bounds, whatever its author wrote; recipient data is never parsed as template.
package struct Template: Sendable {
    /// A field that the template reads.
    package struct Field: Sendable, Hashable {
        package let name: String
        /// Without it the message would have a hole: it is printed on every way through the template, without a
        /// `default` and without a condition that has made sure of it.
        package let isRequired: Bool

        /// Each field once, required where one of its uses needs it.
        static func merged(_ fields: [Field]) -> [Field] {
            var merged: [Field] = []
            for field in fields {
                if let place = merged.firstIndex(where: { $0.name == field.name }) {
                    if field.isRequired { merged[place] = field }
                } else {
                    merged.append(field)
                }
            }
            return merged
        }
    }

    let program: Program
    private let uses: FieldUses
    /// What is read before the template sets it, in the order it appears.
    package let fields: [Field]

    package var escaping: TemplateEscaping { program.escaping }

    package init(_ text: String, escaping: TemplateEscaping = .plain) throws(TemplateError) {
        let source = TemplateSource(text)
        let (nodes, names) = try TemplateParser.parse(source)
        let uses = FieldUses(nodes, names: names)
        program = Program(
            TemplateCompiler(nodes, names: names, fields: uses, source: source, escaping: escaping))
        fields = uses.read.map { Field(name: names.names[$0], isRequired: uses.required.contains($0)) }
        self.uses = uses
    }

    /// Renders with a JSON object, as python-liquid would. On an error nothing is added to `output`.
    package func render(
        data: JSONObject, settings: RenderSettings, into output: inout [UInt8]
    ) throws(RenderError) {
        try program.run(.object(data), settings, into: &output)
    }

    /// Ties the template's fields to the columns of a file: by their exact name first, then with capitals, spaces,
    /// dashes and underscores disregarded, so that `{{ first_name }}` finds `First Name`.
    package func bind(columns: [String], settings: RenderSettings) throws(TemplateError) -> BoundTemplate {
        let finder = ColumnFinder(columns)
        let names = program.names.names
        var byPlace = [Int32](repeating: -1, count: names.count)
        for place in uses.read { byPlace[place] = finder.column(of: names[place]).map(Int32.init) ?? -1 }
        for place in uses.read where uses.required.contains(place) && byPlace[place] < 0 {
            throw TemplateError(
                "the file has no column for the field '\(names[place])'; add it, or give the field a default",
                line: 1, column: 1)
        }
        return BoundTemplate(
            program: program, columns: BoundColumns(byPlace: byPlace, byName: finder.exact), settings: settings,
            required: uses.read.filter { uses.required.contains($0) }.map { Int(byPlace[$0]) })
    }
}

extension Program {
    func run(
        _ data: TemplateData, _ settings: RenderSettings, into output: inout [UInt8]
    ) throws(RenderError) {
        let start = output.count
        var taken: [UInt8] = []
        swap(&taken, &output)
        var machine = TemplateMachine(self, data, settings, output: taken)
        taken = []
        do throws(RenderError) {
            try machine.run()
        } catch {
            output = machine.abandon()
            output.removeLast(output.count - start)
            throw error
        }
        output = machine.finish()
    }
}
