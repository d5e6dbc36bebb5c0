#!/usr/bin/env python3
"""Callbacks as chat vendors sign them: Slack's by `slack_sdk`, Discord's by `PyNaCl`.

`chat_signatures.py TIME BODY_HEX…` prints a line of JSON for each body: Slack's secret and signature, Discord's key and
signature."""

import json
import sys

from nacl.signing import SigningKey
from slack_sdk.signature import SignatureVerifier

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"


def main(time, *bodies):
    key = SigningKey.generate()
    slack = SignatureVerifier(SECRET)
    for body in map(bytes.fromhex, bodies):
        signature = slack.generate_signature(timestamp=time, body=body)
        print(json.dumps({
            "slack_secret": SECRET, "slack": signature,
            "discord_key": key.verify_key.encode().hex(),
            "discord": key.sign(time.encode() + body).signature.hex(),
        }))


if __name__ == "__main__":
    main(*sys.argv[1:])
