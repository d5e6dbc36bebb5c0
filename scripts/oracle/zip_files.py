"""Reads a ZIP file and prints each entry's name, size and SHA-256; fails where zipfile finds a fault.

    zip_files.py FILE
"""

import hashlib
import json
import sys
import zipfile

with zipfile.ZipFile(sys.argv[1]) as archive:
    assert archive.testzip() is None
    for info in archive.infolist():
        digest, size = hashlib.sha256(), 0
        with archive.open(info) as file:
            while chunk := file.read(1 << 20):
                digest.update(chunk)
                size += len(chunk)
        print(json.dumps({"name": info.filename, "bytes": size, "sha256": digest.hexdigest()}))
