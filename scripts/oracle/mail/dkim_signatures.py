#!/usr/bin/env python3
"""Keys for signing mail, and what dkimpy says of signatures.

`dkim_signatures.py keys` prints the private keys and the DNS records as one line of JSON.
`dkim_signatures.py verify FOLDER` reads FOLDER/records.json (name -> record) and each message FOLDER/*.eml, in order, and
prints for each a line of JSON: for each signature its algorithm and whether it holds; then the same after From was changed, after
a second From was put in front, after the unsubscribe field was changed, and after the body was changed.
"""

import base64
import json
import re
import sys
from pathlib import Path

import dkim
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa


def private(key):
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()).decode()


def keys():
    signing, edwards = rsa.generate_private_key(65537, 2048), ed25519.Ed25519PrivateKey.generate()
    public = signing.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return {
        "rsa": private(signing), "ed25519": private(edwards),
        "short": private(rsa.generate_private_key(65537, 1024)), "elliptic": private(ec.generate_private_key(ec.SECP256R1())),
        "rsa_record": "v=DKIM1; k=rsa; p=" + base64.b64encode(public).decode(),
        "ed25519_record": "v=DKIM1; k=ed25519; p=" + base64.b64encode(edwards.public_key().public_bytes_raw()).decode(),
    }


def verdicts(raw, records):
    def record(name, timeout=5):
        return records.get(name.decode().rstrip("."), "").encode()

    verifier = dkim.DKIM(raw)
    count = sum(1 for name, _ in verifier.headers if name.lower() == b"dkim-signature")
    found = []
    for index in range(count):
        verifier = dkim.DKIM(raw)
        try:
            holds = verifier.verify(idx=index, dnsfunc=record)
        except dkim.DKIMException:
            holds = False
        found.append([verifier.signature_fields.get(b"a", b"").decode(), holds])
    return found


def verify(folder):
    records = json.loads((Path(folder) / "records.json").read_text())
    for path in sorted(Path(folder).glob("*.eml"), key=lambda path: int(path.stem)):
        raw = re.sub(b"(^|\r\n)\\.", b"\\1", path.read_bytes()[:-3])
        yield {
            "signatures": verdicts(raw, records),
            "forged": verdicts(re.sub(b"\r\nFrom: ", b"\r\nFrom: Boss ", raw, count=1), records),
            "doubled": verdicts(b"From: Boss <boss@acme.example>\r\n" + raw, records),
            "relinked": verdicts(re.sub(b"\r\nList-Unsubscribe: <https://", b"\r\nList-Unsubscribe: <https://not.", raw), records),
            "altered": verdicts(raw + b"P.S.\r\n", records),
        }


def main(command, *arguments):
    for line in [keys()] if command == "keys" else verify(*arguments):
        print(json.dumps(line))


if __name__ == "__main__":
    main(*sys.argv[1:])
