private import CZstd

/// Zstandard, at level 1 unless told otherwise, with contexts that are set up once. Not Sendable: one for each thread.
///
/// Chosen over zlib level 1 for shards: about five times the speed at a better ratio, and the server
/// package depends on the library already.
package final class Zstandard {
    private let compressor: OpaquePointer
    private let decompressor: OpaquePointer
    private let level: Int32

    package init(level: Int32 = 1) {
        self.level = level
        guard let compressor = ZSTD_createCCtx(), let decompressor = ZSTD_createDCtx() else {
            preconditionFailure("out of memory")
        }
        self.compressor = compressor
        self.decompressor = decompressor
    }

    deinit {
        ZSTD_freeCCtx(compressor)
        ZSTD_freeDCtx(decompressor)
    }

    package func compress(_ plain: [UInt8]) -> [UInt8] {
        let bound = ZSTD_compressBound(plain.count)
        return [UInt8](unsafeUninitializedCapacity: bound) { target, count in
            count = ZSTD_compressCCtx(compressor, target.baseAddress, bound, plain, plain.count, level)
            precondition(ZSTD_isError(count) == 0, "compression into a sufficient buffer does not fail")
        }
    }

    /// A declared size over the limit is refused: sealed text is our own, but a bound costs nothing.
    package func decompress(_ packed: [UInt8], limit: Int = 256 << 20) throws(StorageError) -> [UInt8] {
        let size = ZSTD_getFrameContentSize(packed, packed.count)
        guard size <= UInt64(limit) else { throw .malformed("compressed data of \(size) bytes") }
        var failed = false
        let plain = [UInt8](unsafeUninitializedCapacity: Int(size)) { target, count in
            let written = ZSTD_decompressDCtx(decompressor, target.baseAddress, Int(size), packed, packed.count)
            failed = ZSTD_isError(written) != 0
            count = failed ? 0 : written
        }
        if failed { throw .malformed("compressed data that can't be read") }
        return plain
    }
}
