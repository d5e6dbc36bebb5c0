"""Services that send one-time passwords without a pause, and what became of each request."""

import http.client
import itertools
import json
import select
import ssl
import threading
import time
from collections import Counter

from killtest.streams import TRUSTING

_running = []


def stop_all():
    """After a fault nobody else ends them."""
    for load in _running:
        load.stop()


class Load:
    """Half of the clients keep their connection, half open one for each request. `ports` is asked anew each time."""

    def __init__(self, key, ports, clients=8):
        self.key = key
        self.ports = ports
        self.accepted = {}
        self.counts = Counter()
        self.faults = []
        # When each answer came, with its status.
        self.answers = []
        self._numbers = itertools.count()
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=(number % 2 == 0, number), daemon=True) for number in range(clients)]
        _running.append(self)
        for thread in self._threads:
            thread.start()

    def stop(self):
        self._stop.set()
        for thread in self._threads:
            thread.join(300)

    def count(self, status):
        return self.counts[status]

    def _run(self, keeps, place):
        connection = None
        while not self._stop.is_set():
            ports = self.ports()
            number = next(self._numbers)
            if connection is None:
                connection = self._connect(ports[(place // 2) % len(ports)])
                if connection is None:
                    time.sleep(0.02)
                    continue
            elif self._is_closed(connection):
                # Closed while nothing was under way: that costs nobody a request.
                self.counts["closed while idle"] += 1
                connection.close()
                connection = None
                continue
            status, closes = self._ask(connection, number, keeps)
            if closes or not keeps:
                connection.close()
                connection = None
            if status != 202:
                time.sleep(0.02)
        if connection:
            connection.close()

    def _connect(self, port):
        connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=120, context=TRUSTING)
        try:
            connection.connect()
            return connection
        except ConnectionRefusedError:
            self.counts["refused"] += 1
        except (OSError, ssl.SSLError) as error:
            self.counts["no handshake"] += 1
            self.counts[f"no handshake: {type(error).__name__}"] += 1
        return None

    @staticmethod
    def _is_closed(connection):
        return connection.sock is None or bool(select.select([connection.sock], [], [], 0)[0])

    def _ask(self, connection, number, keeps):
        """A request that has left must come back with an answer, whatever it says."""
        body = json.dumps({
            "to": f"+65{81_000_000 + number % 7_000_000}", "template": "code", "category": "otp",
            "data": {"code": str(number)}, "reference": f"request-{number}", "expires_in": 3000})
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        if not keeps:
            headers["Connection"] = "close"
        try:
            connection.request("POST", "/v1/messages", body, headers)
            answer = connection.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException, ssl.SSLError) as error:
            self.counts["unanswered"] += 1
            self.counts[f"unanswered: {type(error).__name__}, {'kept' if keeps else 'new'}"] += 1
            return None, True
        status = answer.status
        self.counts[status] += 1
        self.answers.append((time.monotonic(), status))
        if status == 202:
            for message in json.loads(text)["messages"]:
                self.accepted[int(message["id"])] = number
        else:
            self._look_at(status, answer, text)
        return status, answer.getheader("Connection") == "close"

    def _look_at(self, status, answer, text):
        """Whoever is turned away is told why and when to come again."""
        if answer.getheader("Content-Type") != "application/problem+json":
            self.faults.append(f"{status} without a problem document: {text[:200]!r}")
        if status in (503, 507) and not answer.getheader("Retry-After"):
            self.faults.append(f"{status} without Retry-After: {text[:200]!r}")
        if status not in (503, 507):
            self.faults.append(f"answered with {status}: {text[:200]!r}")
