"""An evidence file as Python reads it: every entry with its digest, whether zipfile finds it sound, and whether the signature
of the manifest holds by the `cryptography` package.

    evidence.py FILE PUBLIC_PEM
"""

import hashlib
import json
import sys
import zipfile

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import load_pem_public_key


def main(path, pem):
    with open(pem, "rb") as file:
        key = load_pem_public_key(file.read())
    with zipfile.ZipFile(path) as archive:
        bad = archive.testzip()
        entries = {
            info.filename: {
                "sha256": hashlib.sha256(archive.read(info)).hexdigest(),
                "bytes": info.file_size,
                "time": list(info.date_time),
            }
            for info in archive.infolist()
        }
        try:
            key.verify(archive.read("manifest.sig"), archive.read("manifest.json"))
            holds = True
        except InvalidSignature:
            holds = False
        manifest = json.loads(archive.read("manifest.json"))
    print(json.dumps({"bad": bad, "signature": holds, "entries": entries, "manifest": manifest}))


main(*sys.argv[1:])
