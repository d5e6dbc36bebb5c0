/// From the greeting to a server that takes messages: EHLO, STARTTLS and EHLO again, AUTH.
extension SMTPSession {
    mutating func greeted(_ reply: SMTPReply) {
        guard reply.code == 220 else { return fail(.refused(reply, at: .greeting)) }
        sayHello()
    }

    mutating func sayHello() {
        state = .hello
        say(Array("EHLO ".utf8) + options.hello + [0x0D, 0x0A], expecting: .hello)
    }

    mutating func heardHello(_ reply: SMTPReply, isFallback: Bool) {
        guard reply.code == 250 else {
            // An old server knows only HELO, and with it neither encryption nor log-in.
            guard !isFallback, reply.code >= 500 else { return fail(.refused(reply, at: .hello)) }
            return say(Array("HELO ".utf8) + options.hello + [0x0D, 0x0A], expecting: .fallbackHello)
        }
        capabilities = isFallback ? .none : SMTPCapabilities(reply)
        if options.security == .startTLS, !isEncrypted {
            guard capabilities.startTLS else { return fail(.noSTARTTLS) }
            state = .startTLS
            return say("STARTTLS\r\n", expecting: .startTLS)
        }
        logIn()
    }

    mutating func heardStartTLS(_ reply: SMTPReply) {
        guard reply.code == 220 else { return fail(.refused(reply, at: .startTLS)) }
        state = .securing
        events.append(.startTLS)
    }

    private mutating func logIn() {
        guard let login = options.login else { return becomeReady() }
        guard isEncrypted || options.allowsClearLogin else { return fail(.noLogin) }
        state = .login
        if capabilities.authPlain {
            let token = [0] + login.user + [0] + login.password
            say(Array("AUTH PLAIN ".utf8) + encoded(token), expecting: .plain)
        } else if capabilities.authLogin {
            say("AUTH LOGIN\r\n", expecting: .login)
        } else {
            fail(.noLogin)
        }
    }

    mutating func continueLogin(_ reply: SMTPReply, _ question: Expected) {
        guard reply.code == 334, let login = options.login else { return fail(.refused(reply, at: .login)) }
        if question == .login {
            say(encoded(login.user), expecting: .loginUser)
        } else {
            say(encoded(login.password), expecting: .loginPassword)
        }
    }

    private func encoded(_ bytes: [UInt8]) -> [UInt8] {
        var line = RawBytes(capacity: bytes.count * 2)
        bytes.withUnsafeBufferPointer { line.appendBase64($0) }
        line.appendLineEnd()
        return line.array
    }

    mutating func loggedIn(_ reply: SMTPReply) {
        guard reply.code == 235 else { return fail(.refused(reply, at: .login)) }
        becomeReady()
    }

    private mutating func becomeReady() {
        state = .ready
        events.append(.ready)
    }
}
