#!/usr/bin/env python3
"""Amazon's services as PyPI's `moto` imitates them, for tests.

Prints its port, then answers each line that comes in: `sms` prints the text messages taken so far as lines of JSON,
`emails` the emails, then an empty line. Ends with its input. Only acme.example may send email.
"""

import sys

# Beside this file stands an email.py, which is not the one that moto wants.
sys.path.pop(0)

import json
import logging

from moto.core import DEFAULT_ACCOUNT_ID
from moto.server import ThreadedMotoServer
from moto.ses import ses_backends
from moto.sns import sns_backends


def sms():
    for region in sns_backends[DEFAULT_ACCOUNT_ID].values():
        for message_id, (to, text) in region.sms_messages.items():
            yield {"id": message_id, "to": to, "text": text}


def emails():
    for region in ses_backends[DEFAULT_ACCOUNT_ID].values():
        for message in region.sent_messages:
            yield {
                "id": message.id, "from": message.source, "to": message.destinations["ToAddresses"],
                "subject": message.subject, "body": message.body,
            }


def main():
    logging.getLogger("werkzeug").disabled = True
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    ses_backends[DEFAULT_ACCOUNT_ID]["eu-west-1"].verify_domain("acme.example")
    print(server.get_host_and_port()[1], flush=True)
    for line in sys.stdin:
        for item in {"sms": sms, "emails": emails}[line.strip()]():
            print(json.dumps(item))
        print(flush=True)
    server.stop()


if __name__ == "__main__":
    main()
