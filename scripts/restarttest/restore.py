"""A backup is made while campaigns are sent, Herald is lost a little later, and the backup is brought back elsewhere."""

import time

from killtest import processes
from killtest.home import Home

from .scene import PATIENCE, Scene


def restore(options, folder):
    """Nothing is sent before somebody confirms it, and then each message once, or it is shown in doubt."""
    scene = Scene(options, folder)
    home = scene.home
    home.run("template", "add", "hello", "--tenant", "plain", "--channel", "sms", "--text", "Hello {{ name }}")
    people = "name,phone\n" + "".join(f"A{number},+65{81_000_000 + number}\n" for number in range(4000))
    scene.sandbox.control(latency_ms=200)
    worker = home.work(slots=4)

    def send(*more):
        return home.json(
            "campaign", "send", "-", "--tenant", "plain", "--template", "hello", "--again", *more, text=people)["campaign"]

    sent = {name: send("--category", category) for name, category in
            (("marketing", "marketing"), ("transactional", "transactional"))}
    later = send("--at", "+1h")
    processes.wait_for(
        lambda: all(scene.sandbox.count(campaign) > 100 for campaign in sent.values()), PATIENCE, "the sending")
    made = home.run("backup", str(folder / "backup"), "--with-key", str(folder / "key"))
    # The lost Herald goes on for a while after its backup.
    at_backup = scene.sandbox.count(sent["marketing"])
    processes.wait_for(lambda: scene.sandbox.count(sent["marketing"]) > at_backup + 100, PATIENCE, "more of it")
    unfinished = [name for name, campaign in sent.items() if home.state(campaign) == "running"]
    home.kill_everything()
    processes.kill(worker)
    before = {name: scene.sandbox.count(campaign) for name, campaign in sent.items()}

    other = Home(options.herald, folder / "other")
    other.folder.mkdir()
    other.folder.chmod(0o755)
    other.run("restore", str(folder / "backup"), "--key", str(folder / "key"))
    other.up()
    time.sleep(options.seconds)
    faults = [] if "marketing" in unfinished else ["the campaign had ended before Herald was lost"]
    for name, campaign in sent.items():
        if scene.sandbox.count(campaign) != before[name]:
            faults.append(f"{name} was sent before it was confirmed")
        # One that still ran when it was lost ran at the backup, too.
        if name in unfinished and other.state(campaign) != "restored":
            faults.append(f"{name} is {other.state(campaign)}, not held")
    if "are held" not in other.run("status").stderr:
        faults.append("status does not say that work is held")
    # Only the first Herald was to be slow.
    scene.sandbox.behave()
    other.run("restore", "confirm", "--cancel", str(later), "--yes")
    for campaign in (*sent.values(), later):
        processes.wait_for(lambda campaign=campaign: other.is_over(campaign), PATIENCE, "the end of the campaigns")
    rows = other.database.rows("SELECT message, state, final, was, campaign FROM ledger")
    final = {int(row[0]): row[1] for row in rows if row[2] == "t" and row[3] == "0"}
    doubted = {int(row[0]) for row in rows if row[1] == "4"}
    text = []
    for name, campaign in sent.items():
        taken = scene.sandbox.taken(campaign)
        ours = {message for message in final if message >> 35 == campaign}
        if len(ours) != 4000:
            faults.append(f"{len(ours)} of 4000 messages of {name} have an end")
        silent = [message for message, calls in taken.items() if len(calls) > 1 and message not in doubted]
        unsent = [message for message in ours if message not in taken and message not in doubted]
        again = sum(len(calls) > 1 for calls in taken.values())
        if silent:
            faults.append(f"{len(silent)} messages of {name} were sent twice and nothing shows it")
        if unsent:
            faults.append(f"{len(unsent)} messages of {name} were never sent and nothing shows it")
        if name == "marketing" and again:
            faults.append(f"{again} marketing messages were sent twice")
        text.append(f"{name}: {before[name]} sent before, {len(taken)} in all, "
                    f"{len(doubted & ours)} in doubt, {again} of them sent again")
    if other.state(later) != "cancelled":
        faults.append(f"the cancelled one is {other.state(later)}")
    if scene.sandbox.count(later):
        faults.append("something of the cancelled one was sent")
    proof = other.json("ledger", "verify", codes=(0, 1))
    if not proof["sound"]:
        faults.append(f"ledger verify: {proof}")
    if "master key" not in made.stdout:
        faults.append("nobody was told about the key")
    other.down()
    return faults, "; ".join(text)


restore.makes_its_own = True
