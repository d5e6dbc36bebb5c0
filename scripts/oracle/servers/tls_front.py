#!/usr/bin/env python3
"""TLS in front of a server that speaks none: `tls_front.py PORT FOLDER HOST [DAYS] [--tls12]`. Prints its port, passes the
bytes of each connection on to PORT of this machine, and ends when its standard input does. The certificate is for HOST,
for so many days (30; less than none: it has run out); who signed it stands in FOLDER/ca.pem."""

import asyncio
import ssl
import sys
from pathlib import Path

from certificates import server_context


async def pump(reader, writer):
    try:
        while piece := await reader.read(65536):
            writer.write(piece)
            await writer.drain()
    except (ConnectionError, ssl.SSLError):
        pass
    finally:
        writer.close()


async def serve(port, context):
    async def passed_on(reader, writer):
        try:
            behind = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            return writer.close()
        await asyncio.gather(pump(reader, behind[1]), pump(behind[0], writer))

    loop = asyncio.get_running_loop()
    # A client that refuses our certificate is no news.
    loop.set_exception_handler(lambda loop, context: None)
    server = await asyncio.start_server(passed_on, "127.0.0.1", 0, ssl=context)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    arguments = [a for a in sys.argv[1:] if a != "--tls12"]
    context = server_context(Path(arguments[1]), arguments[2], int(arguments[3]) if len(arguments) > 3 else 30)
    if "--tls12" in sys.argv:
        context.maximum_version = ssl.TLSVersion.TLSv1_2
    asyncio.run(serve(int(arguments[0]), context))
