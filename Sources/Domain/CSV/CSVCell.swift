/// One cell of a CSV that we write: quoted where it must be, and guarded where a spreadsheet would take it for a
/// formula.
enum CSVCell {
    static func append(_ cell: Span<UInt8>, sparingNumbers: Bool, to output: inout [UInt8]) {
        let isGuarded = FormulaGuard.needs(cell, sparingNumbers: sparingNumbers)
        let isQuoted = needsQuotes(cell, isGuarded: isGuarded)
        if isQuoted { output.append(0x22) }
        if isGuarded { output.append(0x27) }
        for index in cell.indices {
            if cell[index] == 0x22 { output.append(0x22) }
            output.append(cell[index])
        }
        if isQuoted { output.append(0x22) }
    }

    /// Blanks at an end are quoted too: some readers drop them otherwise.
    private static func needsQuotes(_ cell: Span<UInt8>, isGuarded: Bool) -> Bool {
        guard cell.count > 0 else { return false }
        if cell[cell.count - 1] == 0x20 || (cell[0] == 0x20 && !isGuarded) { return true }
        return cell.indices.contains {
            cell[$0] == 0x22 || cell[$0] == 0x2C || cell[$0] == 0x0A || cell[$0] == 0x0D
        }
    }
}
