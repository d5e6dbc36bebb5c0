"""What the providers tell later: some of it twice, some before the message's own outcome is stored, some against what
they told before."""

import random

from killtest.home import Failure

# No prices and no failures: what was booked stays, so that the cost can be counted from the calls alone.
STATES = ["delivered", "delivered", "undelivered"]
AT_ONCE = 150


class Receipts:
    def __init__(self, scene):
        self.scene = scene
        self.draw = random.Random(scene.draw.random())
        # Message -> what was told about it.
        self.told = {}
        self._lines = {name: [] for name in scene.sandboxes}

    def bring(self):
        """Tells of some messages that the providers took; returns how many receipts there were."""
        return sum(self._of(sandbox) for sandbox in self.scene.sandboxes.values())

    def _of(self, sandbox):
        calls = [(message, call) for campaign in self.scene.campaigns[-8:]
                 for message, calls in sandbox.taken(campaign.number).items() for call in calls]
        chosen = self.draw.sample(calls, min(len(calls), AT_ONCE))
        lines = [(message, call["reference"], self.draw.choice(STATES)) for message, call in chosen]
        # And some of the old ones again.
        lines += self.draw.sample(self._lines[sandbox.name], min(len(self._lines[sandbox.name]), AT_ONCE // 5))
        if not lines:
            return 0
        self.draw.shuffle(lines)
        path = self.scene.home.folder / f"receipts-{sandbox.name}.csv"
        path.write_text("message,reference,state\n" + "".join(f"{','.join(map(str, line))}\n" for line in lines))
        # Of what may not have been stored nothing is expected.
        for message, _, _ in lines:
            self.told.setdefault(message, set())
        try:
            self.scene.home.run("receipt", "import", str(path), "--provider", sandbox.name)
        except Failure:
            return 0
        self._lines[sandbox.name] += lines
        for message, _, state in lines:
            self.told[message].add(state)
        return len(lines)

    def are_read(self):
        """Whether each has found its message. Who was parked meanwhile is looked at now and not in half an hour."""
        database = self.scene.home.database
        if database.number("SELECT count(*) FROM callback WHERE state IN ('new', 'parked')") == 0:
            return True
        database.rows("UPDATE callback SET due_at = clock_timestamp() WHERE state = 'parked'")
        return False
