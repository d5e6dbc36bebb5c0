"""Prints what Python's json module makes of good and broken JSON texts: one JSON object a line with the text (as
Latin-1 of its bytes) and its canonical form, or null where it is refused. Python is more lenient in a few things
(NaN, lone surrogates, numbers beyond a double): those count as refused.

Usage: json_values.py COUNT SEED
"""

import json
import random
import sys

rng = random.Random(int(sys.argv[2]))
pick = rng.choice

FIXED = [
    b"", b" ", b"null", b"[]", b"{}", b"[1,]", b"[,1]", b"[1 2]", b"{\"a\":1,}", b"{a:1}", b"{'a':1}", b"\"\\u0000\"",
    b"\"\x00\"", b"\"\x7f\"", b"\"\\x41\"", b"\"\\ud83d\\ude00\"", b"\"\\ud83d\"", b"\"\\ude00\"", b"\"\\ud83dx\"",
    b"\"\\ud83d\\u0041\"", b"\"\\uD83D\\uDE00\"", b"\"\\u00g0\"", b"\"\\u12\"", b"\xef\xbb\xbf1", b"1\x00", b"-", b"+1", b"-01",
    b"1.", b".5", b"1e", b"1e+", b"1E+2", b"-0", b"-0.0", b"0e0", b"1e400", b"-1e400", b"1e-400", b"0x10", b"Infinity", b"NaN",
    b"nul", b"true1", b"[true false]", b"\xff", b"\"\xc3\x28\"", b"\"\xed\xa0\x80\"", b"\"\xf4\x90\x80\x80\"", b"\"\xe2\x82\xac\"",
    b"{\"a\":1,\"a\":2}", b"{\"a\" 1}", b"{\"a\"}", b"{1:2}", b"[" * 100 + b"]" * 100, b"123456789012345678901234567890",
    b"9223372036854775807", b"9223372036854775808", b"-9223372036854775808", b"-9223372036854775809", b"\t\n\r [1]\t",
    b"\x0c1", b"\xc2\xa01", b"[1]]", b"[\"a", b"\"\\", b"\"a\nb\"", b"{\"\":\"\"}", b"1.7976931348623157e308", b"1.7976931348623159e308",
    b"\"\\/\\b\\f\\n\\r\\t\\\"\\\\\"", b"// c\n1", b"[1/*x*/]", b"0.1e1", b"00", b"[-]", b"[[]", b"{\"a\":{\"b\":[{}]}}",
]


def value(depth):
    kind = rng.randrange(9 if depth else 6)
    if kind == 0:
        return pick([None, True, False])
    if kind == 1:
        return rng.randrange(-10**rng.randrange(1, 25), 10**rng.randrange(1, 25))
    if kind == 2:
        return pick([rng.random(), rng.uniform(-1e9, 1e9), rng.random() * 10.0 ** rng.randrange(-300, 300), 0.1, 1e16])
    if kind < 6:
        return "".join(chr(pick([rng.randrange(32, 127), rng.randrange(0, 32), rng.randrange(0xA0, 0x800),
                                 rng.randrange(0x10000, 0x20000), 0x2028])) for _ in range(rng.randrange(6)))
    if kind == 6:
        return [value(depth - 1) for _ in range(rng.randrange(4))]
    return {pick(["a", "b", "é", "", "c\n"]): value(depth - 1) for _ in range(rng.randrange(4))}


def generated():
    text = bytearray(json.dumps(value(4), ensure_ascii=pick([True, False]), indent=pick([None, None, 1])).encode())
    for _ in range(pick([0, 0, 1, 1, 2])):
        at = rng.randrange(len(text) + 1)
        action = rng.randrange(3)
        if action == 0:
            text[at:at + 1] = b""
        elif action == 1:
            text[at:at] = bytes([pick(b"\"\\{}[]:,-+.eE019 tfn\n\x00\x80\xff\xed")])
        else:
            text[at:at + 1] = bytes([rng.randrange(256)])
    return bytes(text)


def refuse(_):
    raise ValueError


def number(text):
    result = float(text)
    if result in (float("inf"), float("-inf")):
        raise ValueError
    return result


def canonical(text):
    try:
        result = json.loads(text.decode("utf-8"), parse_constant=refuse, parse_float=number)
        dumped = json.dumps(result, sort_keys=True, separators=(",", ":"))
        json.dumps(result, ensure_ascii=False).encode("utf-8")
        return dumped
    except (ValueError, RecursionError):
        return None


for index in range(int(sys.argv[1])):
    raw = FIXED[index] if index < len(FIXED) else generated()
    print(json.dumps({"text": raw.decode("latin-1"), "canonical": canonical(raw)}))
