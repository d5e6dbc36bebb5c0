"""Gzip files as Python writes them, one base64 text a line: two members; a cut one; 64 MiB of zeros."""

import base64
import gzip

first = gzip.compress(b"phone,name\n91234567,Tan\n", mtime=0)
second = gzip.compress(b"91234568,Lim\n", mtime=0)
for data in (
    first + second,
    first + second + bytes(512),
    first[:-9],
    first + second[:5],
    first + b"trailing",
    first[:12] + b"\xff\xff" + first[14:],
    gzip.compress(bytes(b"a") * (8 << 20), mtime=0),
):
    print(base64.b64encode(data).decode())
