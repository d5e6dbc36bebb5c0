import Domain

/// What a template needs of each row. Made once per upload, bound once per set of columns.
package protocol RequiredFields: Sendable {
    /// A check for rows whose cells stand in the order of `columns`.
    /// A column that the template can't do without and the file doesn't have: `IngestError.templateNeeds`.
    func bind(columns: [UploadColumn]) throws(IngestError) -> any RequiredFieldCheck
}

package protocol RequiredFieldCheck {
    /// The column of the first field that the template needs and this row leaves empty, or nil.
    func firstMissing(_ text: Span<UInt8>, _ fields: Span<FieldRange>) -> Int?
}

/// For uploads without a template.
package struct NoRequiredFields: RequiredFields, RequiredFieldCheck {
    package init() {}

    package func bind(columns: [UploadColumn]) -> any RequiredFieldCheck { self }
    package func firstMissing(_ text: Span<UInt8>, _ fields: Span<FieldRange>) -> Int? { nil }
}
