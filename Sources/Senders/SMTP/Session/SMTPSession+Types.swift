extension SMTPSession {
    /// How the connection is protected.
    enum Security: String, Sendable, Hashable, CaseIterable {
        /// Begins in clear and must be encrypted before anything else is said.
        case startTLS = "starttls"
        /// Encrypted from the first byte.
        case tls
        /// In clear: only to a host of one's own.
        case none
    }

    struct Login: Sendable, Hashable {
        let user: [UInt8]
        let password: [UInt8]
    }

    struct Options: Sendable, Hashable {
        var security = Security.startTLS
        /// How we name ourselves.
        var hello: [UInt8] = Array("localhost".utf8)
        var login: Login?
        /// The password may go out in clear.
        var allowsClearLogin = false
        /// Messages after which the connection is given up.
        var messages = 1000
    }

    /// What is known of a message before it is asked for.
    struct Envelope {
        let ticket: Int
        let size: Int
        let isEightBit: Bool
        let needsUTF8: Bool
    }

    /// What the owner of the session has to do or to know.
    enum Event: Sendable, Hashable {
        /// Begin the TLS handshake now, then call `secured`.
        case startTLS
        /// Greeted, encrypted and logged in as configured.
        case ready
        /// The server waits for this message: call `content`, or give the connection up.
        case wantsContent(ticket: Int)
        /// A message came to its end.
        case ended(ticket: Int, SMTPEnd)
        /// Nothing more will come of this connection.
        case failed(SMTPFailure)
        /// The server has said goodbye to our QUIT.
        case closed
    }
}

/// How a message's transaction ended, as the server said.
enum SMTPEnd: Sendable, Hashable {
    case accepted(SMTPReply)
    case refused(SMTPReply, at: SMTPStage)
    /// The server does not offer what the message needs.
    case impossible(SMTPImpossible)
}

/// What a message needed and the server lacks.
enum SMTPImpossible: Sendable, Hashable {
    case size, smtpUTF8
}

/// The part of a conversation that a reply belongs to: the same code means different things in different parts.
enum SMTPStage: Sendable, Hashable {
    case greeting, hello, startTLS, login, sender, recipient, data, content, idle
}

/// Why a connection is of no more use.
enum SMTPFailure: Error, Sendable, Hashable {
    /// The server refused, in a part that is about no single message, or ended the session by 421.
    case refused(SMTPReply, at: SMTPStage)
    case noSTARTTLS
    /// The server offers no way to log in that may be used.
    case noLogin
    /// Something was said in clear that pretends to come from behind the encryption (CVE-2011-0411).
    case injected
    case garbled
    case tooLong
}
