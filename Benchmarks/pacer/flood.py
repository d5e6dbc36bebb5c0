#!/usr/bin/env python3
"""Offers messages by the thousand at an even pace that is changed on the way, whether they are taken in time or not.

    flood.py --key KEY --url URL --plan 270:10,60:50,270:10 --log FILE

The plan says for how many seconds how many requests a second are due. A request that is turned away for now (429, 503) is
asked again when the answer says. Writes a line `due shard count` into the log for each shard of one that was taken, the time by
the wall clock, and prints what came of all as a line of JSON.
"""
import argparse
import asyncio
import collections
import json
import ssl
import time

SIZE = 1_000
CONNECTIONS = 64
# A client that is told to come back does so for this long.
PATIENCE = 120


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--url", required=True)
    parser.add_argument("--key", required=True)
    parser.add_argument("--plan", required=True, type=lambda text: [tuple(map(float, part.split(":"))) for part in text.split(",")])
    parser.add_argument("--expires-in", type=int, required=True)
    parser.add_argument("--log", required=True)
    return parser.parse_args()


class Flood:
    def __init__(self, options):
        self.options = options
        self.host, _, port = options.url.split("//")[1].partition("/")[0].rpartition(":")
        self.port = int(port)
        self.path = "/" + options.url.split("//")[1].partition("/")[2]
        self.tls = ssl.create_default_context()
        self.tls.check_hostname, self.tls.verify_mode = False, ssl.CERT_NONE
        self.idle = asyncio.Queue()
        self.statuses = {}
        self.answers = []
        self.given_up = 0
        self.offset = time.time() - time.monotonic()

    def body(self, number):
        # Everybody is asked for once in 900 requests.
        first = 91000000 + number % 900 * SIZE
        return json.dumps({
            "to": [f"+65{first + place}" for place in range(SIZE)], "template": "code", "data": {"code": str(number)},
            "category": "transactional", "expires_in": self.options.expires_in}, separators=(",", ":")).encode()

    async def ask(self, number, due, log):
        body = self.body(number)
        while True:
            status, head, answer = await self.exchange(body)
            self.statuses[status] = self.statuses.get(status, 0) + 1
            if status == 202:
                self.answers.append(time.monotonic() - due)
                found = json.loads(answer)
                for shard, count in collections.Counter(int(taken["id"]) >> 11 for taken in found["messages"]).items():
                    log.write(f"{due + self.offset:.3f} {shard} {count}\n")
                return
            if status not in (429, 503) or time.monotonic() - due > PATIENCE:
                self.given_up += 1
                return
            await asyncio.sleep(float(field(head, b"retry-after") or 1))

    async def exchange(self, body):
        reader, writer = await self.idle.get()
        writer.write((f"POST {self.path} HTTP/1.1\r\nHost: {self.host}\r\nAuthorization: Bearer {self.options.key}\r\n"
                      f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n").encode() + body)
        head = await reader.readuntil(b"\r\n\r\n")
        answer = await reader.readexactly(int(field(head, b"content-length")))
        self.idle.put_nowait((reader, writer))
        return int(head.split(b" ", 2)[1]), head, answer

    async def run(self):
        for _ in range(CONNECTIONS):
            self.idle.put_nowait(await asyncio.open_connection(self.host, self.port, ssl=self.tls))
        asked, number, moment = [], 0, time.monotonic() + 0.5
        with open(self.options.log, "w") as log:
            for seconds, rate in self.options.plan:
                for _ in range(int(seconds * rate)):
                    wait = moment - time.monotonic()
                    if wait > 0:
                        await asyncio.sleep(wait)
                    asked.append(asyncio.ensure_future(self.ask(number, moment, log)))
                    number, moment = number + 1, moment + 1 / rate
            await asyncio.gather(*asked)
        self.answers.sort()
        at = lambda share: round(self.answers[min(len(self.answers) - 1, int(share * len(self.answers)))] * 1000, 1)
        print(json.dumps({
            "requests": number, "statuses": self.statuses, "given_up": self.given_up,
            "answer_ms": {"p50": at(0.5), "p99": at(0.99), "max": at(1)}}), flush=True)


def field(head, name):
    for line in head.split(b"\r\n"):
        if line.lower().startswith(name + b":"):
            return line.partition(b":")[2].strip().decode()
    return None


asyncio.run(Flood(arguments()).run())
