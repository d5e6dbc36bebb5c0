"""Talks to a WebSocket server as a stock client does. Arguments: URL, and a file to trust. Prints what it saw."""
import asyncio
import os
import ssl
import sys

import websockets
from websockets.asyncio.client import connect


def trust():
    if len(sys.argv) < 3:
        return None
    return ssl.create_default_context(cafile=sys.argv[2])


async def open_socket(**more):
    return await connect(sys.argv[1], ssl=trust(), max_size=None, compression=None, **more)


async def main():
    async with await open_socket() as client:
        for text in ["hello", "", "ü" * 10_000, "x" * 60_000]:
            await client.send(text)
            print("echo", await client.recv() == text)
        # In fragments, with a ping in between.
        await client.send(iter(["a", "b", "c"]))
        waiter = await client.ping(b"beat")
        print("fragments", await client.recv())
        await asyncio.wait_for(waiter, 30)
        print("pong")
        await client.send("burst")
        texts = [await client.recv() for _ in range(1000)]
        print("burst", texts == ["%d " % n + "y" * 100 for n in range(1000)])
        await client.send("close")
        try:
            await client.recv()
        except websockets.ConnectionClosed as closed:
            print("closed by server", closed.rcvd.code)
    async with await open_socket() as client:
        await client.close(code=4001)
        print("closed by client", client.close_code)
    async with await open_socket() as client:
        await client.send("x" * 70_000)
        try:
            await client.recv()
        except websockets.ConnectionClosed as closed:
            print("too big", closed.rcvd.code)
    async with await open_socket() as client:
        await client.send(b"bytes")
        try:
            await client.recv()
        except websockets.ConnectionClosed as closed:
            print("binary", closed.rcvd.code)
    clients = await asyncio.gather(*(open_socket() for _ in range(50)))
    for client in clients:
        await client.send("many")
    print("many", sum([await client.recv() == "many" for client in clients]))
    for client in clients:
        client.transport.abort()


asyncio.run(main())
