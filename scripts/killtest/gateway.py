"""A gateway that is killed, and whose database goes away, while services send through it.

Each request has an Idempotency-Key and is repeated with it until it is answered. What was answered with 202 must be sent
once or be in doubt, whatever died in between; what was never accepted must have left nothing.
"""

import http.client
import json
import os
import queue
import signal
import ssl
import threading
import time
from collections import Counter

from . import processes
from .streams import TRUSTING, Outcome, port_of, settle
from .trials import Result

CLIENTS = 12


class Gateway:
    """A `herald serve` that is started again where it is killed; its address changes with it."""

    def __init__(self, home):
        self.home = home
        self.start()

    def start(self):
        log = self.home.log("serve")
        self.process = processes.start(self.home.words("serve", "--listen", "127.0.0.1:0"), log, self.home.env)
        self.port = port_of(self.process, log)

    def kill(self):
        processes.kill(self.process)


class Client(threading.Thread):
    """Takes requests from a list and repeats each until it is answered for good."""

    def __init__(self, gateway, key, requests, answers, stop):
        super().__init__(daemon=True)
        self.gateway, self.key, self.requests, self.answers, self.stop = gateway, key, requests, answers, stop
        self.connection = None

    def run(self):
        while not self.stop.is_set():
            try:
                name, body = self.requests.get_nowait()
            except queue.Empty:
                return
            self.answers.append((name, self._insist(name, body)))

    def _insist(self, name, body):
        while not self.stop.is_set():
            try:
                status, answer = self._ask(name, body)
            except (OSError, http.client.HTTPException, ssl.SSLError):
                self._close()
                time.sleep(0.05)
                continue
            # Busy, away, overloaded: the same again under the same key.
            if status in (409, 429, 503):
                self.answers.statuses[status] += 1
                time.sleep(0.05)
                continue
            return status, answer
        return None, None

    def _ask(self, name, body):
        if self.connection is None or self.connection.port != self.gateway.port:
            self._close()
            self.connection = http.client.HTTPSConnection(
                "127.0.0.1", self.gateway.port, timeout=60, context=TRUSTING)
        self.connection.request("POST", "/v1/messages", body, {
            "Authorization": f"Bearer {self.key}", "Content-Type": "application/json", "Idempotency-Key": name})
        answer = self.connection.getresponse()
        return answer.status, json.loads(answer.read())

    def _close(self):
        if self.connection:
            self.connection.close()
        self.connection = None


class Answers(list):
    def __init__(self):
        super().__init__()
        self.statuses = Counter()


def run(bench, count=1500):
    home = bench.home
    result = Result("a gateway is killed twice and its database once, while one-time passwords come")
    tenant = "plain"
    home.run("source", "add", "checkout", "--tenant", tenant)
    home.run("template", "add", "code", "--tenant", tenant, "--channel", "sms", "--text", "Your code is {{ code }}")
    key = home.json("key", "add", "--source", "checkout", "--tenant", tenant,
                    "--scope", "send:otp,priority:critical,messages:read")["secret_key"]
    gateway = Gateway(home)
    requests = queue.Queue()
    for number in range(count):
        requests.put((f"request-{number}", json.dumps({
            "to": f"+65{91_000_000 + number}", "template": "code", "category": "otp",
            "data": {"code": str(number)}, "reference": f"request-{number}", "expires_in": 3000})))
    answers, stop = Answers(), threading.Event()
    clients = [Client(gateway, key, requests, answers, stop) for _ in range(CLIENTS)]
    began = time.monotonic()
    for client in clients:
        client.start()
    try:
        for share in (5, 2):
            _wait(lambda: len(answers) >= count // share, "half of the requests to be answered")
            gateway.kill()
            gateway.start()
        home.database.rows("SELECT 1")
        os.kill(home.database.postmaster(), signal.SIGKILL)
        home.database.close()
        for client in clients:
            client.join(600)
        settle(home)
        _judge(result, home, bench.sandboxes["telco"], answers, count)
    finally:
        stop.set()
        processes.end(gateway.process)
    result.seconds = time.monotonic() - began
    return result


def _wait(condition, what):
    processes.wait_for(condition, 600, what)


def _judge(result, home, sandbox, answers, count):
    def expect(condition, text):
        if not condition:
            result.faults.append(text)

    expect(len(answers) == count, f"{len(answers)} of {count} requests were answered")
    accepted = {}
    for name, (status, answer) in answers:
        expect(status == 202, f"{name} was answered with {status}: {answer}")
        if status == 202:
            accepted[name] = int(answer["messages"][0]["id"])
    expect(len(set(accepted.values())) == len(accepted), "two requests were given one message")
    outcome = Outcome(home, sandbox, accepted.values())
    final, doubted, taken = outcome.final, outcome.doubted, outcome.taken
    for message in accepted.values():
        expect(final[message] == 1, f"message {message} has {final[message]} final states")
        expect(taken[message] >= 1 or message in doubted, f"message {message} was accepted and never sent")
        expect(taken[message] <= 1 or message in doubted, f"message {message} was sent {taken[message]} times in silence")
    ours = set(accepted.values())
    expect(set(taken) <= ours, f"{len(set(taken) - ours)} messages were sent that nobody was told of")
    expect(set(final) <= ours, f"{len(set(final) - ours)} messages are in the ledger that nobody was told of")
    notes = home.database.number("SELECT count(*) FROM message_note")
    expect(notes == len(ours), f"{notes} references are kept for {len(ours)} messages")
    repeated = sum(number - 1 for number in taken.values() if number > 1)
    waited = ", ".join(f"{number} times {status}" for status, number in sorted(answers.statuses.items()))
    result.text = f"{len(ours)} accepted, {sum(taken.values())} sent, {len(doubted)} in doubt, {repeated} sent again; {waited or 'never told to wait'}"
