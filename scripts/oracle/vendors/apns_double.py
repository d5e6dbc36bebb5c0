#!/usr/bin/env python3
"""Apple's push service as far as a provider can tell, on PyPI's `h2`: HTTP/2 only, over TLS, on a port of its own.

`apns_double.py FOLDER PUBLIC_PEM_HEX [HOLD]` writes its certificate to FOLDER/ca.pem, prints its port, then a line of
JSON for each request, and ends with its standard input. With HOLD no request is answered before that many are open at a
time, but for a connection's first: until that is answered, a connection may have one stream. The beginning of a device
token says how a request is answered."""

import asyncio
import json
import pathlib
import ssl
import sys
import datetime
import ipaddress

import h2.config
import h2.connection
import h2.events
import h2.settings
import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

# By the first four digits of the device token.
ANSWERS = {
    "dead": (410, {"reason": "Unregistered", "timestamp": 1700000000000}),
    "bad0": (400, {"reason": "BadDeviceToken"}),
    "f00d": (413, {"reason": "PayloadTooLarge"}),
    "4290": (429, {"reason": "TooManyRequests"}),
    "5030": (503, {"reason": "ServiceUnavailable"}),
    "5000": (500, {"reason": "InternalServerError"}),
    "4000": (400, {"reason": "DeviceTokenNotForTopic"}),
}


def certificate(folder):
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "APNs double")])
    now = datetime.datetime.now(datetime.timezone.utc)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName(
            [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256()))
    pem = made.public_bytes(serialization.Encoding.PEM)
    (folder / "ca.pem").write_bytes(pem)
    (folder / "server.pem").write_bytes(pem + key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))


class Service:
    def __init__(self, public, hold):
        self.public = public
        self.hold = hold
        self.connections = 0
        self.open = 0
        self.expired = set()
        self.released = asyncio.Event()

    def refusal(self, connection, headers):
        """What Apple says of the provider token."""
        token = headers.get("authorization", "").removeprefix("bearer ")
        if not token:
            return 403, {"reason": "MissingProviderToken"}
        try:
            team = jwt.decode(token, self.public, algorithms=["ES256"], options={"verify_iat": False})["iss"]
        except jwt.PyJWTError:
            return 403, {"reason": "InvalidProviderToken"}
        if jwt.get_unverified_header(token).get("kid") is None:
            return 403, {"reason": "InvalidProviderToken"}
        # A connection belongs to the team that used it first.
        if connection.setdefault("team", team) != team:
            return 403, {"reason": "InvalidProviderToken"}
        # The first provider token that asks for it is called too old.
        if headers[":path"].split("/")[-1].startswith("e403") and (not self.expired or token in self.expired):
            self.expired.add(token)
            return 403, {"reason": "ExpiredProviderToken"}
        return None

    async def answer(self, connection, stream, headers, body, send):
        self.open += connection["answered"] > 0
        connection["open"] += 1
        device = headers[":path"].split("/")[-1]
        print(json.dumps({
            "connection": connection["number"], "open": connection["open"], "headers": headers, "body": body.decode(),
        }), flush=True)
        if self.hold and connection["open"] + connection["answered"] > 1:
            if self.open >= self.hold:
                self.released.set()
            await asyncio.wait_for(self.released.wait(), 300)
        connection["open"] -= 1
        connection["answered"] += 1
        if device.startswith("abad"):
            return send(stream, None, None, None)
        if device.startswith("dada"):
            return
        status, reason = self.refusal(connection, headers) or ANSWERS.get(device[:4], (200, None))
        extra = [("retry-after", "7")] if status == 429 else []
        send(stream, status, [("apns-id", headers.get("apns-id", "").upper())] + extra, reason)


async def serve(service, reader, writer):
    service.connections += 1
    connection = {"number": service.connections, "open": 0, "answered": 0}
    h2_connection = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False, header_encoding="utf-8"))
    streams_setting = h2.settings.SettingCodes.MAX_CONCURRENT_STREAMS
    h2_connection.local_settings = h2.settings.Settings(client=False, initial_values={streams_setting: 1})
    h2_connection.initiate_connection()
    writer.write(h2_connection.data_to_send())
    streams = {}

    def send(stream, status, headers, reason):
        if status is None:
            h2_connection.reset_stream(stream)
        else:
            h2_connection.send_headers(stream, [(":status", str(status))] + headers, end_stream=reason is None)
            if connection["answered"] == 1:
                h2_connection.update_settings({streams_setting: 1000})
            if reason is not None:
                h2_connection.send_data(stream, json.dumps(reason).encode(), end_stream=True)
        writer.write(h2_connection.data_to_send())

    tasks = set()
    try:
        while data := await reader.read(65536):
            for event in h2_connection.receive_data(data):
                if isinstance(event, h2.events.RequestReceived):
                    streams[event.stream_id] = (dict(event.headers), bytearray())
                elif isinstance(event, h2.events.DataReceived):
                    streams[event.stream_id][1].extend(event.data)
                    h2_connection.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
                elif isinstance(event, h2.events.StreamEnded):
                    headers, body = streams.pop(event.stream_id)
                    task = asyncio.create_task(service.answer(connection, event.stream_id, headers, bytes(body), send))
                    tasks.add(task)
                    task.add_done_callback(tasks.discard)
            writer.write(h2_connection.data_to_send())
            await writer.drain()
    except (ConnectionError, ssl.SSLError):
        pass
    for task in tasks:
        task.cancel()
    writer.close()


async def main(folder, public, hold="0"):
    folder = pathlib.Path(folder)
    certificate(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem")
    context.set_alpn_protocols(["h2"])
    service = Service(bytes.fromhex(public).decode(), int(hold))
    server = await asyncio.start_server(lambda r, w: serve(service, r, w), "127.0.0.1", 0, ssl=context)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
