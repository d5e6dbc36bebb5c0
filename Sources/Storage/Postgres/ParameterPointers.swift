/// Gives the body an array of C pointers to the values, nil for null, valid during the call.
func withPointers<R>(to values: [[UInt8]?], _ body: ([UnsafePointer<CChar>?]) -> R) -> R {
    var joined: [UInt8] = []
    var offsets: [Int?] = []
    for value in values {
        offsets.append(value == nil ? nil : joined.count)
        if let value { joined.append(contentsOf: value) }
    }
    // An empty value still needs an address: a nil pointer would mean null.
    joined.append(0)
    return joined.withUnsafeBytes { buffer in
        let start = buffer.baseAddress?.assumingMemoryBound(to: CChar.self)
        return body(offsets.map { offset in offset.flatMap { start?.advanced(by: $0) } })
    }
}
