/// One row of a file. The pointers are lent by `BoundTemplate.render` and are only valid until it returns: nothing
/// that holds a row outlives that call.
struct RowData {
    let bytes: UnsafeBufferPointer<UInt8>
    let fields: UnsafeBufferPointer<FieldRange>
    let columns: BoundColumns

    @inline(__always)
    private func field(_ place: Int) -> FieldRange {
        guard let column = columns.column(of: place), column < fields.count else { return .empty }
        return fields[column]
    }

    @inline(__always)
    private func part(_ field: FieldRange) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(rebasing: bytes[field.range])
    }

    /// The bytes of a field that prints as it stands: text, or a JSON number without sign and fraction.
    @inline(__always)
    func plain(_ place: Int) -> UnsafeBufferPointer<UInt8>? {
        let field = field(place)
        let part = part(field)
        guard field.kind == .json else { return part }
        return part.allSatisfy { $0 &- 0x30 < 10 } ? part : nil
    }

    /// Whether a cell counts as true; nil where that takes a look at its value.
    func isTruthy(_ place: Int) -> Bool? {
        let field = field(place)
        return switch field.kind {
        case .text: !field.isEmpty
        case .string: true
        case .json: nil
        }
    }

    func value(_ place: Int) -> LiquidValue { value(field(place)) }

    func value(column: Int) -> LiquidValue { value(column < fields.count ? fields[column] : .empty) }

    private func value(_ field: FieldRange) -> LiquidValue {
        let part = part(field)
        switch field.kind {
        case .text: return .text(LiquidText(String(decoding: part, as: UTF8.self), untyped: true))
        case .string: return .string(String(decoding: part, as: UTF8.self))
        case .json:
            // Ingest has checked it: what is no JSON here counts as nothing.
            guard !part.isEmpty, let json = try? JSON.parse(Span(_unsafeElements: part)) else { return .emptyCell }
            return LiquidValue(json)
        }
    }
}
