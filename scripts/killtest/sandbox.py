"""A sandbox server: the provider, with its own synced log of every call as the evidence."""

import json
import re
import urllib.request
from collections import defaultdict

from . import processes

PRICE_MICROS = 7_500
PRICE = "0.0075"


class Sandbox:
    def __init__(self, herald, folder, name, idempotent=False):
        self.name = name
        self.idempotent = idempotent
        self.log = folder / f"{name}.calls"
        output = folder / f"{name}.out"
        words = [herald, "sandbox", "--port", "0", "--log", str(self.log), "--price", PRICE, "--currency", "USD"]
        words += ["--late-ms", "3000", "--hang-ms", "6000", "--drip-ms", "150"]
        self.process = processes.start(words + (["--idempotent"] if idempotent else []), output)
        found = processes.wait_for(
            lambda: re.search(r"http://[^ /]+:(\d+)/send", output.read_text()), 300, f"the sandbox {name}")
        self.url = f"http://127.0.0.1:{found[1]}"
        self._read = 0
        self._calls = []

    def control(self, **settings):
        request = urllib.request.Request(f"{self.url}/control", json.dumps(settings).encode())
        with urllib.request.urlopen(request, timeout=300) as answer:
            return json.load(answer)

    def behave(self):
        """Back to a provider without faults."""
        self.control(mode="normal", latency_ms=0, jitter_ms=0, temporary_rate=0, permanent_rate=0,
                     throttle_rate=0, in_doubt_rate=0)

    def calls(self):
        """Every call so far, in the order of the log."""
        with open(self.log, "rb") as log:
            log.seek(self._read)
            new = log.read()
        whole = new[: new.rfind(b"\n") + 1]
        self._read += len(whole)
        self._calls += [json.loads(line) for line in whole.splitlines()]
        return self._calls

    def taken(self):
        """What was sent, by message."""
        found = defaultdict(list)
        for call in self.calls():
            if call["taken"]:
                found[int(call["id"])].append(call)
        return found

    def settings(self):
        """The account's settings for `herald provider add --kind http`."""
        fields = {name: "{{%s}}" % name for name in ("id", "to", "text", "attempt", "segments")}
        return {
            "url": f"{self.url}/send", "internal": True, "json": fields, "reference": "reference",
            "cost": {"field": "price", "currency_field": "currency"},
            "first_byte_timeout_ms": 1000, "timeout_ms": 1500, "concurrency": 64,
        }
