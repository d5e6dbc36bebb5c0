"""What the storm goes over: a Herald with two workers, three providers, two tenants and their routes."""

import random

from killtest import processes
from killtest.home import Failure, Home
from killtest.recipients import COUNTRIES, Recipients
from killtest.sandbox import Sandbox

# Faults by the end of a number, 955590NN, whatever the weather.
MAGIC = ["bounce", "temporary-once", "throttled-once", "timeout", "hang", "drip", "error", "garbage", "reset", "late"]
PLACES = {"bounce": 1, "temporary-once": 2, "throttled-once": 3, "timeout": 4, "hang": 7, "drip": 8, "error": 9,
          "garbage": 10, "reset": 12, "late": 13}
# Marketing is sent at most once, the others at least once.
CATEGORIES = ["marketing", "marketing", "transactional", "alert", "otp"]
ROUTES = {
    # In order; one prefix goes another way; a further one has a single provider.
    "north": [["--providers", "telco,twilio"], ["--providers", "twilio,keyed", "--prefix", "+44"],
              ["--providers", "keyed", "--prefix", "+91"]],
    # Spread over two, the third as the way out.
    "south": [["--providers", "telco,keyed,twilio", "--choice", "weight", "--weights", "50,50,0"],
              ["--providers", "twilio,telco", "--choice", "healthiest", "--prefix", "+44"]],
}


class Campaign:
    def __init__(self, tenant, category, recipients):
        self.tenant = tenant
        self.category = category
        self.recipients = recipients
        self.number = None
        # Seconds; None: the category's time, which is longer than any run.
        self.expiry = None
        # States that were seen on the way: message -> state.
        self.seen = {}


class Scene:
    def __init__(self, herald, folder, seed, expiries):
        self.draw = random.Random(seed)
        self.expiries = expiries
        self.home = Home(herald, folder)
        self.home.up("--no-worker")
        self.sandboxes = {
            "telco": Sandbox(herald, folder, "telco"),
            "keyed": Sandbox(herald, folder, "keyed", idempotent=True, price_micros=6_200),
            "twilio": Sandbox(herald, folder, "twilio", kind="twilio", price_micros=8_100),
        }
        self.campaigns = []
        for sandbox in self.sandboxes.values():
            # Held out for a while that a test can wait for.
            sandbox.add_to(self.home, breaker={"hold_ms": 500, "longest_hold_ms": 3000})
        for tenant, rules in ROUTES.items():
            self.home.run("tenant", "add", tenant, "--region", "SG")
            for rule in rules:
                self.home.run("route", "add", "--channel", "sms", "--tenant", tenant, *rule)
            self.home.run("template", "add", "hello", "--tenant", tenant, "--channel", "sms", "--text",
                          "Hi {{ first_name | default: 'there' }}, this is for you.")

    # --- campaigns

    def invent(self, most, troubled=True):
        """A campaign that is not sent yet; `troubled` has recipients among it that bring about faults."""
        draw = self.draw
        magic = [(f"{country}955590{PLACES[word]:02}", word)
                 for country in ("+65", "+4477", "+9191") for word in draw.sample(MAGIC, 3)] if troubled else []
        recipients = Recipients(draw.random(), draw.randint(most // 8, most), magic, COUNTRIES)
        campaign = Campaign(draw.choice(list(ROUTES)), draw.choice(CATEGORIES), recipients)
        campaign.expiry = draw.choice(self.expiries)
        return campaign

    def send(self, campaign):
        """Raises `Failure` or `TimeoutExpired` where nobody acknowledged it; it may be there all the same."""
        recipients = campaign.recipients
        self.home.run(
            "optout", "import", "-", "--tenant", campaign.tenant, "--channel", "sms",
            text="phone\n" + "\n".join(sorted(recipients.opted_out)) + "\n")
        words = ["--expires", f"{campaign.expiry}s"] if campaign.expiry else []
        sent = self.home.json(
            "campaign", "send", "-", "--tenant", campaign.tenant, "--template", "hello", "--category",
            campaign.category, "--again", *words, codes=(0, 3), text=recipients.text)
        self.add(campaign, sent["campaign"])

    def add(self, campaign, number):
        campaign.number = number
        self.campaigns.append(campaign)

    def unfinished(self):
        """The numbers of campaigns that still run; None while the database is away."""
        rows = self.home.database.rows("SELECT id, state FROM campaign WHERE state NOT IN ('finished', 'cancelled')")
        return None if rows is None else {int(number): state for number, state in rows}

    def last_number(self):
        return processes.wait_for(
            lambda: (self.home.database.rows("SELECT coalesce(max(id), 0) FROM campaign") or [None])[0],
            300, "the database")[0]

    def states(self, number):
        """The final states of a campaign's messages so far, None where the database is away."""
        low, high = number << 35, (number + 1) << 35
        rows = self.home.database.rows(
            f"SELECT l.message, l.state FROM ledger l WHERE l.message >= {low} AND l.message < {high} AND l.final "
            f"AND NOT EXISTS (SELECT FROM ledger k WHERE k.message = l.message AND k.was = l.state AND k.was > 0)")
        return None if rows is None else {int(message): int(state) for message, state in rows}

    # --- the end of a storm

    def calm(self):
        for sandbox in self.sandboxes.values():
            sandbox.behave()
            self.insist("provider", "in", sandbox.name)

    def insist(self, *words):
        """A command that must get through, as soon as the database is back."""
        def tried():
            try:
                return self.home.run(*words, codes=(0, 1)).returncode == 0
            except Failure:
                return False

        processes.wait_for(tried, 300, f"herald {' '.join(words)}", interval=0.5)
