"""A sandbox server: the provider, with its own synced log of every call as the evidence."""

import json
import re
import urllib.request
from collections import Counter, defaultdict

from . import processes

ACCOUNT = "AC00000000000000000000000000000001"


class Sandbox:
    """`kind` is the form of provider that it stands for: `http`, with or without idempotency keys, or `twilio`."""

    def __init__(self, herald, folder, name, kind="http", idempotent=False, price_micros=7_500):
        self.name = name
        self.kind = kind
        self.idempotent = idempotent
        self.price_micros = price_micros
        self.log = folder / f"{name}.calls"
        output = folder / f"{name}.out"
        words = [herald, "sandbox", "--port", "0", "--log", str(self.log), "--price", self.price, "--currency", "USD"]
        words += ["--late-ms", "3000", "--hang-ms", "6000", "--drip-ms", "150"]
        self.process = processes.start(words + (["--idempotent"] if idempotent else []), output)
        found = processes.wait_for(
            lambda: re.search(r"http://[^ /]+:(\d+)/send", output.read_text()), 300, f"the sandbox {name}")
        self.url = f"http://127.0.0.1:{found[1]}"
        self.answers = Counter()
        self._read = 0
        self._counts = Counter()
        self._first = {}
        self._taken = defaultdict(lambda: defaultdict(list))

    @property
    def price(self):
        return f"{self.price_micros / 1_000_000:.6f}"

    def control(self, **settings):
        request = urllib.request.Request(f"{self.url}/control", json.dumps(settings).encode())
        with urllib.request.urlopen(request, timeout=300) as answer:
            return json.load(answer)

    def behave(self):
        """Back to a provider without faults."""
        self.control(mode="normal", latency_ms=0, jitter_ms=0, temporary_rate=0, permanent_rate=0,
                     throttle_rate=0, in_doubt_rate=0, rate_per_second=0, retry_after_ms=1000)

    # --- the log

    def count(self, campaign):
        """How many calls there were for a campaign so far."""
        self._read_on()
        return self._counts[campaign]

    def first(self, campaign):
        """When the first of them came."""
        self._read_on()
        return self._first.get(campaign)

    def taken(self, campaign):
        """What was sent of a campaign: the calls by message."""
        self._read_on()
        return self._taken.get(campaign, {})

    def campaigns(self):
        """Those of which something was sent."""
        self._read_on()
        return set(self._taken)

    def _read_on(self):
        with open(self.log, "rb") as log:
            log.seek(self._read)
            new = log.read()
        whole = new[: new.rfind(b"\n") + 1]
        self._read += len(whole)
        for line in whole.splitlines():
            call = json.loads(line)
            message = int(call["id"])
            campaign = message >> 35
            self._counts[campaign] += 1
            self._first.setdefault(campaign, call["at"])
            self.answers[call["answered"]] += 1
            if call["taken"]:
                self._taken[campaign][message].append(
                    {name: call[name] for name in ("to", "reference", "answered", "at")})

    # --- the account

    def add_to(self, home, **further):
        """Makes this the provider of its name."""
        settings = home.folder / f"{self.name}.json"
        settings.write_text(json.dumps(self.settings() | further))
        home.run("provider", "add", self.name, "--kind", self.kind, "--file", str(settings))
        if self.kind == "twilio":
            # Its answers name no price.
            home.run("price", "add", "--provider", self.name, "--channel", "sms", "--price", self.price,
                     "--currency", "USD")

    def settings(self):
        common = {"internal": True, "first_byte_timeout_ms": 1000, "timeout_ms": 1500, "concurrency": 64}
        if self.kind == "twilio":
            # The address to report to is where the sandbox reads our own number from.
            return common | {
                "base_url": self.url, "account_sid": ACCOUNT, "auth_token": "secret", "from": "+6590000000",
                "callback_url": "http://127.0.0.1:9/callbacks",
            }
        fields = {name: "{{%s}}" % name for name in ("id", "to", "text", "attempt", "segments")}
        return common | {
            "url": f"{self.url}/send", "json": fields, "reference": "reference",
            "cost": {"field": "price", "currency_field": "currency"},
        }
