#!/usr/bin/env python3
"""Amazon's services as PyPI's `moto` imitates them, for tests.

Prints its port, then answers each line that comes in: `sms` prints the text messages taken so far as lines of JSON,
then an empty line. Ends with its input.
"""

import sys

# Beside this file stands an email.py, which is not the one that moto wants.
sys.path.pop(0)

import json
import logging

from moto.core import DEFAULT_ACCOUNT_ID
from moto.server import ThreadedMotoServer
from moto.sns import sns_backends


def sms():
    for region in sns_backends[DEFAULT_ACCOUNT_ID].values():
        for message_id, (to, text) in region.sms_messages.items():
            yield {"id": message_id, "to": to, "text": text}


def main():
    logging.getLogger("werkzeug").disabled = True
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    print(server.get_host_and_port()[1], flush=True)
    for line in sys.stdin:
        for item in {"sms": sms}[line.strip()]():
            print(json.dumps(item))
        print(flush=True)
    server.stop()


if __name__ == "__main__":
    main()
