#!/usr/bin/env python3
"""Reads composed messages back with Python's `email` and says where they differ from what was to be said.

`messages.py FOLDER` reads FOLDER/cases.json, a list of what went in, and FOLDER/0.eml and so on, what would go over the wire.
A line of JSON for each: the differences, an empty list where there are none.
"""

import email
import email.header
import email.policy
import email.utils
import json
import re
import sys
from pathlib import Path

CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


def unstuffed(wire):
    """What the far end of an SMTP connection makes of the bytes."""
    assert wire.endswith(b"\r\n.\r\n"), "no final dot"
    assert b"\r\n.\r\n" not in wire[:-2], "a final dot before the end"
    assert not re.search(b"\r(?!\n)|(?<!\r)\n|\x00", wire), "a bare line end or a NUL"
    assert max(map(len, wire.split(b"\r\n"))) <= 998, "a line too long"
    return re.sub(b"(^|\r\n)\\.", b"\\1", wire[:-3])


def one_line(text):
    return CONTROLS.sub(" ", text).strip(" ")


def lines(text):
    return text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n")


def differences(case, wire):
    try:
        raw = unstuffed(wire)
    except AssertionError as fault:
        return [str(fault)]
    header = raw.split(b"\r\n\r\n", 1)[0]
    found = []
    if max(map(len, header.split(b"\r\n"))) > 78 + 256:
        found.append("a header line too long")
    if not case["eight_bits"] and any(byte > 126 for byte in raw):
        found.append("eight bits")
    message = email.message_from_bytes(raw, policy=email.policy.default)

    def compare(what, got, wanted):
        if got != wanted:
            found.append(f"{what}: {got!r} is not {wanted!r}")

    fields = case["fields"] + (["subject"] if one_line(case["subject"]) else [])
    compare("fields", sorted(name.lower() for name in message.keys()), sorted(fields))
    compare("subject", message["Subject"] or "", one_line(case["subject"]))
    name, address = email.utils.parseaddr(email.message_from_bytes(raw)["From"].replace("\r\n", ""))
    # The newer interface puts a space between two encoded words of a name, against RFC 2047.
    name = str(email.header.make_header(email.header.decode_header(name)))
    compare("sender's name", name, re.sub(" +", " ", one_line(case["name"])))
    compare("sender", address, "news@acme.example")
    compare("recipient", str(message["To"]), case["to"])
    plain, rich = message.get_body(["plain"]), message.get_body(["html"])
    compare("text", lines(plain.get_content()) if plain else "", lines(case["text"]))
    compare("html", lines(rich.get_content()) if rich else "", lines(case["html"]))
    files = [{"name": part.get_filename(), "type": part.get_content_type(), "bytes": part.get_content().hex()
              if isinstance(part.get_content(), bytes) else part.get_payload(decode=True).hex()}
             for part in message.iter_attachments()] if message.is_multipart() else []
    compare("attachments", files, case["attachments"])
    defects = [str(defect) for part in message.walk() for defect in part.defects]
    defects += [f"{name}: {defect}" for name, value in message.items() for defect in getattr(value, "defects", [])]
    return found + defects


def main(folder):
    folder = Path(folder)
    for number, case in enumerate(json.loads((folder / "cases.json").read_text())):
        print(json.dumps(differences(case, (folder / f"{number}.eml").read_bytes())))


if __name__ == "__main__":
    main(*sys.argv[1:])
