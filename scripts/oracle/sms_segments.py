#!/usr/bin/env python3
"""Generated texts encoded by `gsm0338`, or as UTF-16 where the alphabet lacks a character, and cut into segments.

A line each: header length, gsm7 or ucs2, the segments as hexadecimal bytes joined by commas, the text as hexadecimal
UTF-8. A segment holds what is left of 140 bytes behind the joining header.
"""

import random

import gsm0338

CODEC = gsm0338.Codec()


def pieces(text):
    try:
        return "gsm7", [CODEC.encode(char)[0] for char in text]
    except UnicodeEncodeError:
        return "ucs2", [char.encode("utf-16-be") for char in text]


def cut(text, header):
    encoding, encoded = pieces(text)
    whole = b"".join(encoded)
    if len(whole) <= (160 if encoding == "gsm7" else 140):
        return encoding, [whole]
    room = (140 - header) * 8 // 7 if encoding == "gsm7" else (140 - header) // 2 * 2
    segments = [b""]
    for piece in encoded:
        if len(segments[-1]) + len(piece) > room:
            segments.append(b"")
        segments[-1] += piece
    return encoding, segments


def main():
    randomness = random.Random(3338)
    texts = [""] + [chr(code) for code in range(1, 0x3000) if not 0xD800 <= code < 0xE000 and code != 0x1B] + ["€", "😀"]
    pools = ["abc XYZ09@$_", "abc€[]{}^~|\\\f", "éèùßÄΔΩ¿Ç", "aé漢字", "a😀é", "😀", "€"]
    for limit in (66, 67, 70, 134, 152, 153, 160, 306, 459, 1000):
        for pool in pools:
            for _ in range(8):
                length = max(0, limit + randomness.randrange(-4, 5))
                texts.append("".join(randomness.choice(pool) for _ in range(length)))
                texts.append(pool[0] * (length - 1) + pool[-1] * 2)
    for text in texts:
        for header in (6, 7):
            encoding, segments = cut(text, header)
            print(f"{header}\t{encoding}\t{','.join(part.hex() for part in segments)}\t{text.encode().hex()}")


if __name__ == "__main__":
    main()
