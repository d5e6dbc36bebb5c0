#!/usr/bin/env python3
"""Asks for one-time passwords at an even pace and is the provider they are sent through: says how long each took from the
moment it was due to be asked for until its call arrived.

    pacer.py --key KEY [--url URL] [--rate 200] [--connections 16] [--ahead SECONDS]

Prints the provider's address, then takes lines on its standard input: `run SECONDS` measures and prints a line of JSON,
`quit` ends it. What is slow is counted from when it was due, not from when there was time to ask: a stall delays all that
would have come meanwhile. It runs before others where it may, because its own waiting is not what is measured.
"""
import argparse
import asyncio
import datetime
import json
import os
import ssl
import sys
import time

PATIENCE = 30


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--url", default="https://127.0.0.1:8443/v1/messages")
    parser.add_argument("--key", required=True)
    parser.add_argument("--rate", type=float, default=200)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--category", default="otp")
    parser.add_argument("--ahead", type=float, default=0, help="each is asked for so many seconds before it is to be sent")
    return parser.parse_args()


class Provider:
    """Takes every message and notes when it came; the number in its text says which it is."""

    def __init__(self):
        self.arrivals = {}

    async def start(self):
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", 0)
        return self.server.sockets[0].getsockname()[1]

    async def serve(self, reader, writer):
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                now = time.monotonic()
                length = next((int(line.split(b":")[1]) for line in head.split(b"\r\n")
                               if line.lower().startswith(b"content-length:")), 0)
                number = int(json.loads(await reader.readexactly(length))["text"].rpartition(" ")[2])
                self.arrivals.setdefault(number, []).append(now)
                answer = b'{"reference":"%d"}' % number
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s" % (
                    len(answer), answer))
        except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            writer.close()


class Pacer:
    def __init__(self, options, provider):
        self.options = options
        self.provider = provider
        self.host, _, port = options.url.split("//")[1].partition("/")[0].rpartition(":")
        self.port = int(port)
        self.path = "/" + options.url.split("//")[1].partition("/")[2]
        self.tls = None
        if options.url.startswith("https"):
            self.tls = ssl.create_default_context()
            self.tls.check_hostname, self.tls.verify_mode = False, ssl.CERT_NONE
        self.idle = asyncio.Queue()
        self.next = 0

    async def connect(self):
        for _ in range(self.options.connections):
            self.idle.put_nowait(await asyncio.open_connection(self.host, self.port, ssl=self.tls))

    async def ask(self, number, due, statuses, answers):
        reader, writer = await self.idle.get()
        body = json.dumps({
            "to": f"+65{91000000 + number % 900000}", "template": "paced", "data": {"code": str(number)},
            "category": self.options.category, **self.schedule(due)}).encode()
        writer.write((f"POST {self.path} HTTP/1.1\r\nHost: {self.host}\r\nAuthorization: Bearer {self.options.key}\r\n"
                      f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n").encode() + body)
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
        await reader.readexactly(length)
        status = int(head.split(b" ", 2)[1])
        statuses[status] = statuses.get(status, 0) + 1
        answers.append(time.monotonic() - due)
        self.idle.put_nowait((reader, writer))

    def schedule(self, due):
        """When the message is to be sent, as the wall clock will say then."""
        if not self.options.ahead:
            return {}
        moment = time.time() + due + self.options.ahead - time.monotonic()
        return {"send_at": datetime.datetime.fromtimestamp(moment, datetime.timezone.utc).isoformat(timespec="microseconds")}

    async def run(self, seconds):
        """Asks for so long, waits for what is still on its way, and counts."""
        statuses, answers, asked, due = {}, [], [], {}
        start = time.monotonic() + 0.05
        for place in range(int(seconds * self.options.rate)):
            moment = start + place / self.options.rate
            wait = moment - time.monotonic()
            if wait > 0:
                await asyncio.sleep(wait)
            due[self.next] = moment
            asked.append(asyncio.ensure_future(self.ask(self.next, moment, statuses, answers)))
            self.next += 1
        await asyncio.gather(*asked)
        end = time.monotonic() + PATIENCE + self.options.ahead
        while any(number not in self.provider.arrivals for number in due) and time.monotonic() < end:
            await asyncio.sleep(0.05)
        calls = sorted(self.provider.arrivals[number][0] - moment - self.options.ahead for number, moment in due.items()
                       if number in self.provider.arrivals)
        doubled = sum(len(self.provider.arrivals.pop(number, ())) > 1 for number in due)
        return {
            "asked": len(due), "statuses": statuses, "called": len(calls), "called_twice": doubled,
            "call_ms": quantiles(calls), "answer_ms": quantiles(sorted(answers)),
        }


def quantiles(values):
    if not values:
        return {}
    at = lambda share: round(values[min(len(values) - 1, int(share * len(values)))] * 1000, 2)
    return {"p50": at(0.5), "p90": at(0.9), "p99": at(0.99), "p999": at(0.999), "max": at(1)}


async def main():
    options = arguments()
    try:
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))
    except OSError:
        pass
    provider = Provider()
    print(json.dumps({"port": await provider.start()}), flush=True)
    pacer = Pacer(options, provider)
    loop = asyncio.get_running_loop()
    while True:
        words = (await loop.run_in_executor(None, sys.stdin.readline)).split()
        if not words or words[0] == "quit":
            return
        if pacer.idle.empty():
            await pacer.connect()
        print(json.dumps(await pacer.run(float(words[1]))), flush=True)


asyncio.run(main())
