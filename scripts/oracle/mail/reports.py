#!/usr/bin/env python3
"""Bounces and complaints as servers write them, and damaged ones: `reports.py MARK MESSAGE_ID`. Prints a line of
JSON for each: its name, the mail in hexadecimal digits, and what it says."""

import base64
import email
import json
import quopri
import random
import sys
from email.message import Message

MARK, MESSAGE_ID = sys.argv[1], sys.argv[2]


def original(extra=""):
    return (f"Return-Path: <bounces@acme.example>\r\nReceived: by mx\r\nFrom: Acme <news@acme.example>\r\n"
            f"To: ann@customer.example\r\nSubject: Hello\r\n{extra}\r\nHello\r\n")


def part(kind, text, encoding=None):
    body = text.encode()
    head = f"Content-Type: {kind}\r\n"
    if encoding:
        head += f"Content-Transfer-Encoding: {encoding}\r\n"
        body = base64.encodebytes(body) if encoding == "base64" else quopri.encodestring(body)
    return head.encode() + b"\r\n" + body


def report(kind, machine, returned=None, to="bounces@acme.example", encoding=None, returned_type="message/rfc822",
           headers=()):
    parts = [
        part("text/plain; charset=utf-8", "I'm sorry to inform you: 550 5.1.1 this text must not be read.\r\n"),
        part("message/" + kind, machine, encoding),
    ]
    if returned is not None:
        parts.append(part(returned_type, returned))
    fields = [
        ("From", "MAILER-DAEMON@mx.customer.example"), ("To", to), ("Subject", "Undelivered Mail Returned to Sender"), *headers,
        ("MIME-Version", "1.0"), ("Content-Type", f"multipart/report; report-type={kind};\r\n\tboundary=\"=_b/1.2\"")]
    mail = "".join(f"{name}: {value}\r\n" for name, value in fields).encode() + b"\r\nThis is a MIME message.\r\n"
    for piece in parts:
        mail += b"\r\n--=_b/1.2\r\n" + piece
    return mail + b"\r\n--=_b/1.2--\r\n"


def status(action, code="", diagnostic="", recipient="ann@customer.example", more=""):
    lines = [f"Final-Recipient: rfc822; {recipient}", f"Action: {action}"]
    if code:
        lines.append(f"Status: {code}")
    if diagnostic:
        lines.append(f"Diagnostic-Code: smtp; {diagnostic}")
    return "Reporting-MTA: dns; mx.customer.example\r\nArrival-Date: Fri, 20 Nov 2026 09:00:00 +0000\r\n\r\n" + \
        "\r\n".join(lines) + "\r\n" + more


def feedback(kind, more=""):
    return (f"Feedback-Type: {kind}\r\nUser-Agent: SomeISP/1.0\r\nVersion: 1\r\n"
            f"Original-Rcpt-To: <ann@customer.example>\r\n{more}")


def say(name, mail, state, reason=None):
    if state != "any":
        # Well-formed as Python sees it: what is read wrongly is not the mail's fault.
        assert not email.message_from_bytes(mail).defects, name
    print(json.dumps({"name": name, "mail": mail.hex(), "state": state, "reason": reason}))


BY_ID = original(f"Message-ID: <{MESSAGE_ID}>\r\n")
DSN = "delivery-status"
GONE = status("failed", "5.1.1", "550 5.1.1 <ann@customer.example>: Recipient address rejected: User unknown")

say("postfix", report(DSN, GONE, BY_ID), "bouncedHard", "invalid_recipient (smtp 550 5.1.1)")
say("headers alone", report(DSN, GONE, BY_ID, returned_type="text/rfc822-headers"), "bouncedHard",
    "invalid_recipient (smtp 550 5.1.1)")
say("base64", report(DSN, GONE, BY_ID, encoding="base64"), "bouncedHard", "invalid_recipient (smtp 550 5.1.1)")
say("quoted-printable", report(DSN, GONE, BY_ID, encoding="quoted-printable"), "bouncedHard",
    "invalid_recipient (smtp 550 5.1.1)")
say("by the address", report(DSN, GONE, original(), to=f"bounces+{MARK}@acme.example"), "bouncedHard",
    "invalid_recipient (smtp 550 5.1.1)")
say("by the address in capitals", report(DSN, GONE, None, to=f"BOUNCES+{MARK.upper()}@ACME.EXAMPLE"), "bouncedHard",
    "invalid_recipient (smtp 550 5.1.1)")
say("by Delivered-To", report(DSN, GONE, None, headers=[("Delivered-To", f"bounces+{MARK}@acme.example")]), "bouncedHard",
    "invalid_recipient (smtp 550 5.1.1)")
say("by the field, the id replaced", report(DSN, GONE, original(
    f"Message-ID: <0100@email.amazonses.com>\r\nX-Herald-Message: {MARK}\r\n")), "bouncedHard",
    "invalid_recipient (smtp 550 5.1.1)")
say("by the answered id", report(DSN, GONE, None, headers=[("In-Reply-To", f"<{MESSAGE_ID}>")]), "bouncedHard",
    "invalid_recipient (smtp 550 5.1.1)")
say("full", report(DSN, status("failed", "5.2.2", "552 5.2.2 Mailbox full"), BY_ID), "bouncedSoft",
    "mailbox_refused (smtp 552 5.2.2)")
say("given up", report(DSN, status("failed", "4.4.1", "connect to mx: Connection timed out"), BY_ID), "bouncedSoft",
    "provider_busy (smtp 450 4.4.1)")
say("no such domain", report(DSN, status("failed", "5.4.4", "Host or domain name not found"), BY_ID), "bouncedHard")
say("reputation", report(DSN, status("failed", "5.7.1", "550 5.7.1 Your IP is on our blocklist (spamhaus)"), BY_ID),
    "bouncedSoft", "sender_refused (smtp 550 5.7.1)")
say("says it in words alone", report(DSN, status("failed", "5.0.0", "550 5.1.1 No such user"), BY_ID), "bouncedHard",
    "invalid_recipient (smtp 550 5.1.1)")
say("full, in words alone", report(DSN, status("failed", "5.0.0", "552 mailbox full"), BY_ID), "bouncedSoft")
say("no status", report(DSN, status("failed"), BY_ID), "bouncedHard")
say("folded fields", report(DSN, GONE.replace("Diagnostic-Code: smtp; ", "DIAGNOSTIC-CODE: smtp;\r\n\t"), BY_ID),
    "bouncedHard", "invalid_recipient (smtp 550 5.1.1)")
say("delayed", report(DSN, status("delayed", "4.4.7", "450 still trying"), BY_ID), None)
say("delivered", report(DSN, status("delivered", "2.0.0", "250 2.0.0 Ok"), BY_ID), "delivered", "")
say("relayed", report(DSN, status("relayed", "2.0.0", "250 2.0.0 Ok"), BY_ID), "sent", "")
say("two behind one address", report(DSN, status("delivered", "2.0.0", "", more="\r\n" + status(
    "failed", "5.1.1", "550 5.1.1 gone", "bob@customer.example").split("\r\n\r\n", 1)[1]), BY_ID), "bouncedHard")
for kind in ("abuse", "fraud"):
    say("complaint " + kind, report("feedback-report", feedback(kind), BY_ID), "complained", "")
say("complaint by its address", report("feedback-report", feedback(
    "abuse", f"Original-Mail-From: <bounces+{MARK}@acme.example>\r\n"), original()), "complained", "")
say("complaint taken back", report("feedback-report", feedback("not-spam"), BY_ID), None)
say("complaint of an unknown kind", report("feedback-report", feedback("auth-failure"), BY_ID), None)

holiday = Message()
holiday["To"] = f"bounces+{MARK}@acme.example"
holiday["Subject"] = "Out of office"
holiday.set_payload("Back on Monday. 550 5.1.1\n")
say("an automatic answer", holiday.as_bytes(), None)

number, digest = MARK.split("-")
other = "0" if digest[-1] != "0" else "1"
forged = f"{number}-{digest[:-1]}{other}"
for name, mark in [("another digest", forged), ("another number", f"{int(number) + 1}-{digest}"), ("no digest", number),
                   ("a short digest", f"{number}-{digest[:8]}"), ("digits without end", "9" * 400 + "-" + digest)]:
    say("forged: " + name, report(DSN, GONE, original(f"Message-ID: <{mark}-herald@acme.example>\r\n"),
                                  to=f"bounces+{mark}@acme.example"), "unreadable")
# What people may write must not name a message.
say("forged: in the text", report(DSN, status("failed", "5.1.1", f"550 5.1.1 <{MESSAGE_ID}>"), original(
    f"Subject: <{MESSAGE_ID}>\r\n")), "unreadable")

whole = report(DSN, GONE, BY_ID)
deep = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" * 20_000
draw = random.Random(3464)
hostile = {
    "nothing": b"", "a line": b"x", "a boundary alone": b"Content-Type: multipart/report; boundary=\r\n\r\n--\r\n--\r\n",
    "ever deeper": deep, "parts without end": b"Content-Type: multipart/report; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * 40_000,
    "fields without end": b"A: b\r\n" * 60_000, "one long field": b"Subject: " + b"x" * 400_000,
    "a field of folds": b"Subject: a\r\n" + b" b\r\n" * 90_000,
    "groups without end": report(DSN, "Action: failed\r\n\r\n" * 20_000, None),
    "NULs": whole.replace(b"Action", b"Act\0ion"), "a megabyte of boundaries": b"Content-Type: multipart/report; boundary=\""
    + b"b" * 1000 + b"\"\r\n\r\n" + (b"--" + b"b" * 999 + b"\r\n") * 250,
}
for name, mail in hostile.items():
    say("hostile: " + name, mail, "any")
for number in range(200):
    mail = bytearray(whole[:draw.randrange(len(whole))] if number % 2 else whole)
    for _ in range(draw.randrange(1, 30)):
        if mail:
            mail[draw.randrange(len(mail))] = draw.randrange(256)
    say(f"hostile: damaged {number}", bytes(mail), "any")
