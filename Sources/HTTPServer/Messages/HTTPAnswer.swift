/// A handler's decision about a request.
package enum HTTPAnswer {
    /// The answer is here: nothing waits, no other thread is involved.
    case now(HTTPResponse)
    /// The answer comes later: the connection sleeps, and the closure passes on what wakes it.
    case later((PendingAnswer) -> Void)
    /// Close the connection without an answer.
    case drop

    /// An answer that a Swift task works out.
    package static func task(_ work: @escaping @Sendable () async -> HTTPResponse) -> HTTPAnswer {
        .later { pending in
            Task { pending.answer(await work()) }
        }
    }

    /// The same, and the task begins on the polling thread: work that never waits is answered without another
    /// thread. What it does before it first waits holds up the other connections.
    package static func prompt(_ work: @escaping @Sendable () async -> HTTPResponse) -> HTTPAnswer {
        .later { pending in
            Task.immediate { pending.answer(await work()) }
        }
    }
}
