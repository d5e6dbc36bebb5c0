#!/usr/bin/env python3
"""What `gsm0338` makes of generated texts, split as GSM 03.40 joins messages.

A line each: gsm7 or ucs2, units, segments, text as hexadecimal UTF-8. First every character of the basic
multilingual plane that the alphabet has, then random texts around the limits.
"""

import random

import gsm0338

CODEC = gsm0338.Codec()


def widths(text):
    try:
        return "gsm7", [len(CODEC.encode(char)[0]) for char in text]
    except UnicodeEncodeError:
        return "ucs2", [len(char.encode("utf-16-be")) // 2 for char in text]


def judge(text):
    encoding, sizes = widths(text)
    single, joined = (160, 153) if encoding == "gsm7" else (70, 67)
    units = sum(sizes)
    segments, room = 1, joined
    if units > single:
        for size in sizes:
            if size > room:
                segments, room = segments + 1, joined
            room -= size
    return encoding, units, segments


def main():
    randomness = random.Random(338)
    texts = [""] + [chr(code) for code in range(1, 0x3000) if not 0xD800 <= code < 0xE000] + ["\u20ac", "\ufeff", "😀"]
    pools = ["abc XYZ09@", "abc€[]{}^~|\\\f", "éèùßÄΔΩ¿", "aé漢字", "a😀é", "😀", "€", "a\n\r\x1b"]
    for limit in (67, 70, 134, 153, 160, 306, 459, 1000):
        for pool in pools:
            for _ in range(12):
                length = max(0, limit + randomness.randrange(-4, 5))
                main_char = randomness.choice(pool)
                rare = randomness.choice([0, 0.02, 0.5])
                texts.append("".join(randomness.choice(pool) if randomness.random() < rare else main_char
                                     for _ in range(length)))
    for text in texts:
        encoding, units, segments = judge(text)
        print(f"{encoding}\t{units}\t{segments}\t{text.encode().hex()}")


if __name__ == "__main__":
    main()
