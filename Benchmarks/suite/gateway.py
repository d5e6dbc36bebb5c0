"""The gateway under load: one-time passwords against Kannel, beside a campaign and beside a loud tenant, a large body,
many open streams."""
import concurrent.futures
import json
import os
import re
import resource
import socket
import ssl
import statistics
import subprocess
import sys
import threading
import time

from kannel.configuration import configuration

from . import processes
from .transports import free_port, wait_until_open

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CONNECTIONS = 64
SCOPES = "send:otp,send:transactional,send:marketing,priority:critical,campaigns:write,campaigns:read"


class Gateway:
    """A tenant with a key, and the way to the API; made once."""

    def __init__(self, suite):
        self.herald = suite.herald
        self.url = suite.herald.url_of_api
        self.tenants = 0

    def party(self):
        """A tenant whose messages the sandbox takes; returns its name and key."""
        self.tenants += 1
        name = f"api-{self.tenants}"
        self.herald.tenant(name, "smooth")
        self.herald.run("source", "add", "api", "--tenant", name)
        self.herald.run("template", "add", "code", "--tenant", name, "--channel", "sms", "--text", "Your code is {{ code }}")
        self.herald.run("template", "add", "paced", "--tenant", name, "--channel", "sms", "--text", "Your code is {{ code }}")
        answer, _ = self.herald.json("key", "add", "--source", "api", "--tenant", name, "--scope", SCOPES)
        return name, answer["secret_key"]

    def wrk(self, seconds, key, body):
        """Closed loop over kept connections: requests a second that were taken, and the times of answers."""
        script = os.path.join(self.herald.folder, "post.lua")
        with open(script, "w") as file:
            file.write('wrk.method = "POST"\n'
                       f'wrk.headers["Authorization"] = "Bearer {key}"\n'
                       'wrk.headers["Content-Type"] = "application/json"\n'
                       f"wrk.body = [==[{json.dumps(body)}]==]\n")
        return wrk(["-s", script, f"{self.url}/v1/messages"], seconds)


class Paced:
    """Requests at an even pace through the pacer, which is their provider too."""

    def __init__(self, gateway, tenant, key, *words):
        self.process = subprocess.Popen(
            [sys.executable, os.path.join(ROOT, "Benchmarks", "pacer", "pacer.py"), "--key", key, "--url",
             f"{gateway.url}/v1/messages", *words],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        gateway.herald.started.append(self.process)
        port = json.loads(self.process.stdout.readline())["port"]
        self.name = f"paced-{port}"
        gateway.herald.provider(self.name, "http", {
            "url": f"http://127.0.0.1:{port}/send", "internal": "true", "concurrency": 64, "reference": "reference",
            "json": json.dumps({"id": "{{id}}", "to": "{{to}}", "text": "{{text}}"})})
        category = words[words.index("--category") + 1] if "--category" in words else "otp"
        gateway.herald.run(
            "route", "add", "--channel", "sms", "--tenant", tenant, "--category", category, "--providers", self.name, "--order", "1")
        self.run(2)

    def run(self, seconds):
        self.process.stdin.write(f"run {seconds}\n")
        self.process.stdin.flush()
        found = json.loads(self.process.stdout.readline())
        if found["called"] != found["asked"] or found["called_twice"]:
            raise RuntimeError(f"of {found['asked']} asked for, {found['called']} were called, {found['called_twice']} twice")
        return found


def wrk(words, seconds):
    done = subprocess.run(
        ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--latency", *words], capture_output=True, text=True,
        timeout=processes.LIMIT, check=True)
    failed = re.search(r"Non-2xx or 3xx responses: (\d+)", done.stdout)
    if failed:
        raise RuntimeError(f"{failed[1]} requests were refused")
    p99, unit = re.search(r"99%\s+([0-9.]+)(us|ms|s)", done.stdout).groups()
    return float(re.search(r"Requests/sec:\s+([0-9.]+)", done.stdout)[1]), float(p99) * {"us": 0.001, "ms": 1, "s": 1000}[unit]


class Kannel:
    """bearerbox, smsbox and the fake SMSC that comes with them."""

    def __init__(self, suite):
        folder = os.path.join(suite.herald.folder, "kannel")
        os.makedirs(os.path.join(folder, "kannel.store"), exist_ok=True)
        self.ports = {name: free_port() for name in ("admin", "box", "smsc", "http")}
        settings = os.path.join(folder, "kannel.conf")
        with open(settings, "w") as file:
            file.write(configuration(folder, self.ports, {
                "smsc": "fake", "smsc-id": "FAKE", "port": self.ports["smsc"], "connect-allow-ip": "127.0.0.1",
            }, store="spool"))
        quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": folder}
        self.started = []
        for words, port in (
            (["/usr/sbin/bearerbox", "-v", "4", settings], "box"), (["/usr/sbin/smsbox", "-v", "4", settings], "http"),
        ):
            self.started.append(subprocess.Popen(words, **quiet))
            suite.herald.started.append(self.started[-1])
            wait_until_open(self.ports[port])
        self.started.append(subprocess.Popen(
            ["/usr/lib/kannel/test/fakesmsc", "-H", "127.0.0.1", "-r", str(self.ports["smsc"]), "-m", "0", "-v", "4", "1 2 text hi"],
            **quiet))
        suite.herald.started.append(self.started[-1])
        # bearerbox takes it in at its next look.
        time.sleep(11)
        self.url = (f"http://127.0.0.1:{self.ports['http']}/cgi-bin/sendsms?username=u&password=p&to=%2B6581234567"
                    "&text=Your+code+is+4711&from=test")
        self.suite = suite

    def stop(self):
        for process in reversed(self.started):
            process.kill()
            process.wait()
            self.suite.herald.started.remove(process)


def otp(suite):
    """One message a request, each committed before it is answered and sent by then; in turn with Kannel's sendsms."""
    gateway, seconds = suite.gateway(), 3 if suite.options.quick else 8
    _, key = gateway.party()
    body = {"to": "+6591234567", "template": "code", "data": {"code": "4711"}, "category": "otp"}
    kannel = Kannel(suite)
    gateway.wrk(2, key, body)
    own, theirs = [], []
    for _ in range(suite.repeats):
        theirs.append(wrk([kannel.url], seconds))
        own.append(gateway.wrk(seconds, key, body))
    kannel.stop()
    rate, limit = statistics.median(found[0] for found in own), statistics.median(found[0] for found in theirs)
    p99, their_p99 = statistics.median(found[1] for found in own), statistics.median(found[1] for found in theirs)
    suite.note(f"otp: p99 of the answers {p99:.1f} ms, Kannel's {their_p99:.1f} ms")
    suite.results.add(
        "otp", f"one-time passwords over TLS, {CONNECTIONS} connections, committed", rate, "/s", rate / limit,
        f"Kannel's sendsms, plain, {limit:,.0f}/s", own=own, kannel=theirs)


def latency(suite):
    """200 one-time passwords a second: until the provider is called, on an idle machine and beside a campaign."""
    gateway = suite.gateway()
    tenant, key = gateway.party()
    paced = Paced(gateway, tenant, key)
    # First, because campaigns leave work behind for the database.
    idle = paced.run(5 if suite.options.quick else 20)
    alone = [suite.herald.send(suite.campaign(suite.rows), "plain")[1].seconds for _ in range(suite.repeats)]
    beside, slowed = [], []
    for _ in range(suite.repeats):
        thread, found = threading.Thread(target=lambda: found.append(paced.run(statistics.median(alone) * 0.9))), []
        thread.start()
        slowed.append(suite.herald.send(suite.campaign(suite.rows), "plain")[1].seconds)
        thread.join()
        beside.append(found[0])
    suite.herald.stop(paced.process)
    loss = 1 - statistics.median(alone) / statistics.median(slowed)
    suite.note(f"idle: {idle['call_ms']}")
    for found in beside:
        suite.note(f"beside: {found['call_ms']}")
    suite.results.add(
        "idle", "200 OTP/s, until the provider is called, p99", idle["call_ms"]["p99"], "ms",
        idle["call_ms"]["p99"] / idle["call_ms"]["p50"], f"the median, {idle['call_ms']['p50']} ms", **idle)
    p99 = statistics.median(found["call_ms"]["p99"] for found in beside)
    suite.results.add(
        "beside", f"the same beside a campaign of {suite.rows:,} rows, p99", p99, "ms", p99 / idle["call_ms"]["p99"],
        f"idle, {idle['call_ms']['p99']} ms", runs=beside)
    suite.results.add(
        "loss", "what such a campaign loses by it", loss * 100, "%", statistics.median(slowed) / statistics.median(alone),
        f"without them, {statistics.median(alone):.2f} s", alone=alone, slowed=slowed)


def due(suite):
    """Messages that are scheduled for a moment of their own, five seconds ahead."""
    gateway = suite.gateway()
    tenant, key = gateway.party()
    paced = Paced(gateway, tenant, key, "--category", "transactional", "--ahead", "5")
    found = paced.run(5 if suite.options.quick else 20)
    suite.herald.stop(paced.process)
    suite.note(f"due: {found['call_ms']}")
    suite.results.add(
        "due", "200 scheduled messages/s, from when each was due until the provider is called, p99", found["call_ms"]["p99"], "ms",
        found["call_ms"]["p99"] / found["call_ms"]["p50"], f"the median, {found['call_ms']['p50']} ms", **found)


def body(suite):
    """Recipients in one JSON body, to the answer that says they are stored."""
    gateway = suite.gateway()
    _, key = gateway.party()
    rows = suite.rows // 2
    path = os.path.join(suite.herald.folder, "body.json")
    times, peaks = [], []
    for turn in range(suite.repeats):
        with open(path, "w") as file:
            file.write(f'{{"name":"body {turn}","template":"top-up","category":"marketing","again":true,"recipients":[')
            for row in range(rows):
                file.write(("," if row else "") + json.dumps({
                    "phone": f"+65{91000000 + row}", "data": {"name": f"Name {row}", "plan": "Basic", "balance": "12.50"}},
                    separators=(",", ":")))
            file.write("]}")
        with suite.memory() as memory:
            done = subprocess.run(
                ["curl", "-sk", "-H", f"authorization: Bearer {key}", "-H", "content-type: application/json", "--data-binary",
                 f"@{path}", "-w", "\n%{http_code} %{time_total}", f"{gateway.url}/v1/campaigns"],
                capture_output=True, text=True, timeout=processes.LIMIT, check=True)
        answer, _, last = done.stdout.rpartition("\n")
        status, seconds = last.split()
        if status != "201" or json.loads(answer)["accepted"] != rows:
            raise RuntimeError(f"{status}: {answer[:200]}")
        times.append(float(seconds))
        peaks.append(memory.herald)
        suite.herald.run("campaign", "wait", json.loads(answer)["id"])
    size = os.path.getsize(path)
    os.remove(path)
    seconds = statistics.median(times)
    suite.results.add(
        "body", f"{rows:,} recipients in one JSON body of {size / 1e6:.0f} MB", seconds, "s", rows / seconds / 100_000,
        "100,000 recipients a second", seconds=times)
    suite.results.add(
        "body-memory", "Herald's peak memory meanwhile", max(peaks), "MB", max(peaks) / (size / 1e6), "the body's size", peaks=peaks)


def tenants(suite):
    """A tenant asks as fast as it is answered, 64 at a time; another one asks for a little, at an even pace."""
    gateway, seconds = suite.gateway(), 5 if suite.options.quick else 15
    (_, loud), (tenant, key) = gateway.party(), gateway.party()
    paced = Paced(gateway, tenant, key, "--rate", "50", "--category", "transactional")
    message = {"to": [f"+65{91000000 + row}" for row in range(20)], "template": "code", "data": {"code": "1"},
               "category": "transactional"}
    quiet = [paced.run(seconds) for _ in range(suite.repeats)]
    beside = []
    for _ in range(suite.repeats):
        load, found = [], []
        thread = threading.Thread(target=lambda: load.append(gateway.wrk(seconds + 2, loud, message)))
        thread.start()
        time.sleep(1)
        beside.append(paced.run(seconds))
        thread.join()
        suite.note(f"tenants: {load[0][0] * 20:,.0f} messages a second of the loud one; to the answer "
                   f"{beside[-1]['answer_ms']}, to the provider {beside[-1]['call_ms']}")
    suite.herald.stop(paced.process)
    own, limit = (statistics.median(run["call_ms"]["p99"] for run in runs) for runs in (beside, quiet))
    # Held is what is the larger: twice the quiet value, or 25 ms more.
    suite.results.add(
        "tenants", "50 messages/s of a tenant beside a loud one, to the provider, p99", own, "ms", own / max(2 * limit, limit + 25),
        f"twice alone or 25 ms more; alone {limit:.1f} ms", alone=quiet, beside=beside)


def streams(suite):
    """Event streams of a campaign, open over TLS, and what they take."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    # Herald takes three connections for every five files it may open.
    count = 1_000 if suite.options.quick else min(10_000, hard // 2)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    # It takes as many connections as there are files for when it starts.
    suite.restart()
    gateway = suite.gateway()
    _, key = gateway.party()
    made = subprocess.run(
        ["curl", "-sk", "-H", f"authorization: Bearer {key}", f"{gateway.url}/v1/campaigns", "-d",
         '{"template": "top-up", "category": "marketing"}'], capture_output=True, text=True, check=True)
    campaign = json.loads(made.stdout)["id"]
    host, port = gateway.url.rpartition("/")[2].split(":")
    tls = ssl.create_default_context()
    tls.check_hostname, tls.verify_mode = False, ssl.CERT_NONE
    before = processes.anonymous_megabytes(suite.up.pid)

    def stream(_):
        opened = tls.wrap_socket(socket.create_connection((host, int(port))), server_hostname="localhost")
        opened.sendall((f"GET /v1/campaigns/{campaign}/events HTTP/1.1\r\nHost: {host}\r\n"
                        f"Authorization: Bearer {key}\r\n\r\n").encode())
        if not opened.recv(64).startswith(b"HTTP/1.1 200"):
            raise RuntimeError("a stream was refused")
        return opened

    with concurrent.futures.ThreadPoolExecutor(32) as pool:
        opened = list(pool.map(stream, range(count)))
    after = processes.anonymous_megabytes(suite.up.pid)
    for connection in opened:
        connection.close()
    suite.results.add(
        "streams", f"{count:,} open event streams over TLS, Herald's memory", after, "MB", (after - before) * 1024 / count,
        "a KB each", before_megabytes=before)
