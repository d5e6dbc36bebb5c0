#!/usr/bin/env python3
"""What PyPI's `cryptography` says of keys and signatures.

`crypto.py sign` prints one line of JSON for each kind of key: the key, a message and signatures of it.
`crypto.py verify KIND PUBLIC SIGNATURE MESSAGE` prints yes or no; PUBLIC is a PEM, all four as hexadecimal digits but KIND.
`crypto.py hashes` prints lines of random bytes with their digests and codings.
"""

import base64
import hashlib
import hmac
import json
import random
import sys

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils


def pems(key):
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    locked = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(b"secret"))
    public = key.public_key()
    return {
        "private": private.decode(),
        "locked": locked.decode(),
        "public": public.public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode(),
        "public_der": public.public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo).hex(),
    }


def bare(der):
    r, s = utils.decode_dss_signature(der)
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def der(signature):
    return utils.encode_dss_signature(int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big"))


def sign():
    message = random.Random(7).randbytes(777)
    key = rsa.generate_private_key(65537, 2048)
    yield {"kind": "rsa", **pems(key), "message": message.hex(),
           "signature": key.sign(message, padding.PKCS1v15(), hashes.SHA256()).hex(),
           "sha1": key.sign(message, padding.PKCS1v15(), hashes.SHA1()).hex()}
    # Until an r or an s with leading zeros is among them.
    key = ec.generate_private_key(ec.SECP256R1())
    signatures = []
    while len(signatures) < 20 or not any(0 in bare(signature)[::32] for signature in signatures):
        signatures.append(key.sign(message, ec.ECDSA(hashes.SHA256())))
    yield {"kind": "es256", **pems(key), "message": message.hex(),
           "der": [signature.hex() for signature in signatures],
           "bare": [bare(signature).hex() for signature in signatures]}
    key = ed25519.Ed25519PrivateKey.generate()
    yield {"kind": "ed25519", **pems(key), "message": message.hex(), "signature": key.sign(message).hex(),
           "raw": key.public_key().public_bytes_raw().hex()}
    yield {"kind": "other", **pems(ec.generate_private_key(ec.SECP256K1()))}


def verify(kind, public, signature, message):
    public, signature, message = (bytes.fromhex(text) for text in (public, signature, message))
    key = serialization.load_pem_public_key(public)
    try:
        if kind == "rsa":
            key.verify(signature, message, padding.PKCS1v15(), hashes.SHA256())
        elif kind == "es256":
            key.verify(der(signature), message, ec.ECDSA(hashes.SHA256()))
        else:
            key.verify(signature, message)
    except InvalidSignature:
        return "no"
    return "yes"


def digests():
    randomness = random.Random(4648)
    for length in [*range(0, 70), 127, 128, 129, 1000, 65537]:
        data = randomness.randbytes(length)
        key = randomness.randbytes(randomness.choice([0, 1, 20, 63, 64, 65, 131]))
        yield {
            "data": data.hex(), "key": key.hex(),
            "sha256": hashlib.sha256(data).hexdigest(), "sha1": hashlib.sha1(data).hexdigest(),
            "md5": hashlib.md5(data).hexdigest(),
            "hmac_sha256": hmac.new(key, data, "sha256").hexdigest(), "hmac_sha1": hmac.new(key, data, "sha1").hexdigest(),
            "base64": base64.b64encode(data).decode(),
            "base64url": base64.urlsafe_b64encode(data).decode().rstrip("="),
        }


def main(command, *arguments):
    if command == "verify":
        print(verify(*arguments))
        return
    for line in sign() if command == "sign" else digests():
        print(json.dumps(line))


if __name__ == "__main__":
    main(*sys.argv[1:])
