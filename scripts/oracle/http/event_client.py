"""Follows campaigns over a WebSocket as a stock client does. Arguments: URL, a file to trust, a key.

Each line of input is sent as a text; "close" closes, the end of the input breaks off. Each text that comes is printed as a
line; at the end "closed CODE", or "refused STATUS" where no WebSocket was opened."""
import asyncio
import os
import ssl
import sys

import websockets
from websockets.asyncio.client import connect


async def commands(client):
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        line = line.strip()
        if line == "close":
            await client.close(code=1000)
        elif line == "ping":
            await asyncio.wait_for(await client.ping(b"beat"), 120)
            print("pong", flush=True)
        else:
            await client.send(line)
    client.transport.abort()


async def main():
    url, trust, key = sys.argv[1:]
    try:
        client = await connect(
            url, ssl=ssl.create_default_context(cafile=trust), open_timeout=120,
            additional_headers={"Authorization": f"Bearer {key}"})
    except websockets.InvalidStatus as refused:
        print("refused", refused.response.status_code, flush=True)
        return
    print("open", flush=True)
    reader = asyncio.ensure_future(commands(client))
    try:
        while True:
            print(await client.recv(), flush=True)
    except websockets.ConnectionClosed as closed:
        print("closed", closed.rcvd.code if closed.rcvd else 1006, flush=True)
    reader.cancel()
    # A thread may still wait for input, and the interpreter for the thread.
    os._exit(0)


asyncio.run(main())
