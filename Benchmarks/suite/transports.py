"""Mail and SMPP: Herald's own transports against the field's tools, with the same server on the other side."""
import json
import os
import socket
import statistics
import subprocess
import sys
import time

from . import processes

SESSIONS = 8
# What herald-bench's messages have with their header, in bytes.
LENGTH = 1100
ROUNDS = 3


def smtp(suite):
    """Mail to Postfix's smtp-sink, in turn with Postfix's own smtp-source; then signed."""
    count = 20_000 if suite.options.quick else 60_000
    folder, environment = postfix()
    port = free_port()
    user = ["-u", "root"] if os.getuid() == 0 else []
    sink = subprocess.Popen(
        [f"{folder}/usr/sbin/smtp-sink", *user, f"127.0.0.1:{port}", "200"], env=environment, cwd=suite.herald.folder,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    suite.herald.started.append(sink)
    wait_until_open(port)
    own, theirs = [], []
    for _ in range(ROUNDS):
        start = time.monotonic()
        subprocess.run(
            [f"{folder}/usr/sbin/smtp-source", "-d", "-s", str(SESSIONS), "-m", str(count), "-l", str(LENGTH),
             f"127.0.0.1:{port}"],
            env=environment, check=True, timeout=processes.LIMIT, stdout=subprocess.DEVNULL)
        theirs.append(count / (time.monotonic() - start))
        own.append(mail(suite, port, count))
    rate, limit = statistics.median(own), statistics.median(theirs)
    text = f"smtp-source, {SESSIONS} sessions, {limit:,.0f}/s"
    if suite.wants("smtp"):
        suite.results.add(
            "smtp", f"{count:,} mails of {LENGTH:,} bytes to smtp-sink", rate, "/s", rate / limit, text, own=own,
            smtp_source=theirs)
    for name, share, words in (
        ("ed25519", 3, ["-algorithm", "ed25519"]), ("rsa", 10, ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"]),
    ):
        if suite.wants(f"smtp-{name}"):
            key = os.path.join(suite.herald.folder, f"dkim-{name}.pem")
            subprocess.run(["openssl", "genpkey", *words, "-out", key], check=True, capture_output=True)
            signed = [mail(suite, port, count // share, key) for _ in range(ROUNDS)]
            rate = statistics.median(signed)
            suite.results.add(
                f"smtp-{name}", f"the same, signed by DKIM with {name}", rate, "/s", rate / limit, text, own=signed)
    suite.herald.stop(sink)


def mail(suite, port, count, *key):
    own = suite.micro("smtp", str(port), str(count), str(SESSIONS), *key)
    if own["sent"] != count:
        raise RuntimeError(f"only {own['sent']} of {count} mails were taken")
    return own["per_second"]


def postfix():
    """Where Postfix is, unpacked or installed, and what its programs need."""
    for folder in (os.environ.get("HERALD_POSTFIX", ""), ""):
        if os.path.exists(f"{folder}/usr/sbin/smtp-source"):
            return folder, {**os.environ, "LD_LIBRARY_PATH": f"{folder}/usr/lib/postfix"}
    raise RuntimeError("there is no smtp-sink; ./run bench fetches it")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until_open(port):
    end = time.monotonic() + processes.LIMIT
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)


def smpp(suite):
    """Text messages to an SMSC written for speed, in turn with Kannel's bearerbox."""
    count = 200_000 if suite.options.quick else 1_000_000
    program = suite.compile("smsc/smsc.c", "cc", "-lpthread")
    drain = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "kannel", "drain.py")
    smsc = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    suite.herald.started.append(smsc)
    port = smsc.stdout.readline().strip()
    own, theirs = [], []
    for _ in range(ROUNDS):
        own.append(suite.micro("smpp", port, str(count), "1")["per_second"])
        done = subprocess.run(
            [sys.executable, drain, program, "--folder", "/usr/sbin"], capture_output=True, text=True,
            timeout=processes.LIMIT, check=True)
        theirs.append(json.loads(done.stdout)["per_second"])
    suite.herald.stop(smsc)
    rate, limit = statistics.median(own), statistics.median(theirs)
    suite.results.add(
        "smpp", f"{count:,} messages over SMPP, one session, window 100", rate, "/s", rate / limit,
        f"Kannel's bearerbox, {limit:,.0f}/s", own=own, kannel=theirs)
