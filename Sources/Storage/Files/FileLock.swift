import Glibc

/// Locks of the kernel on open files, which end with their holder however that dies.
package enum FileLock {
    /// Gives the lock back and closes the file. Closing alone would not do: a child between its fork and its exec has the
    /// descriptor too, and with it the lock.
    package static func end(_ file: Int32) {
        flock(file, LOCK_UN)
        close(file)
    }
}
