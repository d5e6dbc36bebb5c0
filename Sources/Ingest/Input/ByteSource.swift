/// Bytes from somewhere, in order, pulled. Read by one thread; a read may block.
package protocol ByteSource: AnyObject {
    /// Fills some or all of the buffer; 0 means the end.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(IngestError) -> Int
    /// How many bytes of the stored form (before decompression) have been read.
    var consumed: Int { get }
    /// The size of the stored form, where it is known beforehand.
    var total: Int? { get }
}

extension ByteSource {
    /// Reads up to `count` bytes into `bytes`, from `start` on. The array must be that long.
    func read(into bytes: inout [UInt8], from start: Int, count: Int) throws(IngestError) -> Int {
        try bytes.withUnsafeMutableBytes { buffer in
            Result { () throws(IngestError) in
                try self.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[start..<start + count]))
            }
        }.get()
    }
}
