#!/usr/bin/env python3
"""A mail server of aiosmtpd. Runs until its standard input ends.

`smtp_server.py MODE FOLDER`: MODE is plain, starttls, tls, expired (STARTTLS with a certificate that has run out) or other
(with one for another host). Prints its port when it listens. Certificates for `mail.test` are written to FOLDER, the trusted
one as ca.pem. Taken messages go to FOLDER/messages.jsonl. The user is `herald` with the password `secret`; `plain` lets in
without. A recipient named full, busy, slow, nobody, spam or blocked is treated so.
"""

import asyncio
import json
import sys
from pathlib import Path

from aiosmtpd.smtp import SMTP, AuthResult

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "servers"))
from certificates import server_context

AT_RECIPIENT = {
    "full": "452 4.2.2 Mailbox full",
    "busy": "451 4.3.0 Try again later",
    "slow": "450 4.7.1 Rate limit exceeded, slow down",
    "nobody": "550 5.1.1 No such user here",
    "blocked": "550 5.7.1 Your IP is blocked by our blacklist, poor reputation",
}


class Handler:
    def __init__(self, folder):
        self.log = open(folder / "messages.jsonl", "a", buffering=1)

    async def handle_RCPT(self, server, session, envelope, address, options):
        refusal = AT_RECIPIENT.get(address.split("@")[0])
        if refusal:
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if envelope.rcpt_tos[0].startswith("spam@"):
            return "554 5.7.1 Message rejected as spam"
        self.log.write(json.dumps({
            "from": envelope.mail_from, "to": envelope.rcpt_tos, "options": envelope.mail_options,
            "secure": session.ssl is not None, "login": session.authenticated, "peer": list(session.peer),
            "hello": session.host_name, "message": (envelope.original_content or b"").hex()}) + "\n")
        return "250 2.0.0 Ok: queued as Q" + str(envelope.rcpt_tos[0].split("@")[0]).upper()


def authenticate(server, session, envelope, mechanism, data):
    return AuthResult(success=(data.login, data.password) == (b"herald", b"secret"), handled=False)


async def serve(mode, folder):
    handler = Handler(folder)
    context = server_context(
        folder, "other.test" if mode == "other" else "mail.test", -1 if mode == "expired" else 30)
    starts_later = mode in ("starttls", "expired", "other")

    def session():
        return SMTP(
            handler, hostname="mail.test", enable_SMTPUTF8=True, data_size_limit=200_000,
            tls_context=context if starts_later else None, require_starttls=starts_later,
            authenticator=authenticate, auth_required=mode != "plain", auth_require_tls=starts_later)

    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        session, "127.0.0.1", 0, ssl=context if mode == "tls" else None, backlog=100)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], Path(sys.argv[2])))
