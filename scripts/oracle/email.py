#!/usr/bin/env python3
"""What `email-validator` says about generated addresses, without asking the DNS.

    email.py [COUNT] [SEED]

A line each: 1 or 0, normalised address, the same with the domain's ASCII form (both and the input as
hexadecimal UTF-8), input. `strict` holds the local part to 64 characters; servers count bytes (RFC 6531, 3.1),
so this adds a check of those.
"""

import random
import sys

# This file's own folder comes first in the path, and its name is that of a standard module.
sys.path.pop(0)
from email_validator import EmailNotValidError, validate_email  # noqa: E402

LOCALS = ["user", "first.last", "a", "user+tag", "o'brien", "x_y-z", "INFO", "Info", "PostMaster", "www", "WWW", "sales",
          "1234567890", "a.b.c.d", "!#$%&'*+-/=?^_`{|}~", "jörg", "josé", "用户", "भारत", "пользователь", "jose\u0301",
          "\u212bngstrom", "mar\u212aeting", "a\u037eb", "ⓐb", "名.前", "\u0301abc", "ab\u00a0c", "a\u200bb", "\u202eab",
          "a\ue000b", "٠١", "😀", "ﬁ", "straße", "UPPER", "Webmaster", "x" * 64, "x" * 65, "é" * 32]
DOMAINS = ["example.com", "EXAMPLE.Org", "mail.example.co.uk", "münchen.de", "MÜNCHEN.de", "xn--mnchen-3ya.de",
           "XN--MNCHEN-3YA.DE", "例え.jp", "例え.テスト", "xn--r8jz45g.jp", "пример.рф", "straße.de", "STRASSE.de", "straẞe.de",
           "faß.de", "βόλος.gr", "א.com", "אב.1.com", "1.אב.com", "1.com", "مثال.إختبار", "भारत.भारत", "a.b", "localhost",
           "foo.localhost", "foo.test", "foo.local", "x.onion", "x.invalid", "1.in-addr.arpa", "test.com", "foo.example",
           "example.com.", ".example.com", "ex..ample.com", "-a.com", "a-.com", "a.-b.com", "ab--cd.com", "xn--a.com",
           "xn--abc-.com", "xn--.com", "a_b.com", "[127.0.0.1]", "[IPv6:::1]", "1.2.3.4", "example.c0m1", "example.123",
           "a.c-m", "ドメイン。テスト。jp", "ｅｘａｍｐｌｅ．ｃｏｍ", "exam\u00adple.com", "ex\u200dample.com", "क्\u200dष.com",
           "☃.net", "💩.la", "l·l.cat", "a·b.com", "۱.com", "xn--e28h.com", "xn--n3h.net", "ﬀ.com", "éa--b.com",
           "e\u0301.com", "e\u0301xample.com", "a" * 63 + ".com", "a" * 64 + ".com", ("a" * 60 + ".") * 4 + "com",
           "é" * 55 + ".com", "é" * 62 + ".com", "com", "テスト", "example.com\n", "exa mple.com", "\u0301a.com", "İ.com",
           "K.com", "①.com", "⒈com.de", "ß.com", "ς.gr", "ex﹒ample.com", "ابج۱.com", "אa.com", "0א.com", "א0.com",
           "日本語.中国", "한국.kr", "xn--3e0b707e.kr", "t\u0307est.com", "xn--zca.com", "a.xn--p1ai", "a.рф", "a.рф1"]
NOISE = list(" @.-_\"'<>()[],;:\\/\t\n\r\x00\x7f+é\u0301\u200b\u00a0A9😀ß＠﹫\u212a%&")


def mutated(randomness, text):
    for _ in range(randomness.choice([1, 1, 1, 2, 3])):
        at = randomness.randrange(len(text) + 1)
        roll = randomness.random()
        if roll < 0.5:
            text = text[:at] + randomness.choice(NOISE) + text[at:]
        elif roll < 0.75 and text:
            text = text[:at] + text[at + 1 :]
        elif text:
            text = text[:at] + randomness.choice(NOISE) + text[at + 1 :]
    return text


def generated(randomness):
    local, domain = randomness.choice(LOCALS), randomness.choice(DOMAINS)
    roll = randomness.random()
    if roll < 0.1:
        local = "".join(randomness.choice("abcXYZ019._+-'é") for _ in range(randomness.randrange(0, 30)))
    elif roll < 0.14:
        local = "a" * randomness.randrange(60, 68)
    elif roll < 0.2:
        alphabet = randomness.choice(["abc019-.", "aé-.1", "бвг.", "אבג1.", "漢字ー・a.", "ابج٠۱."])
        domain = "".join(randomness.choice(alphabet) for _ in range(randomness.randrange(1, 20))) + ".com"
    elif roll < 0.24:
        domain = ".".join("b" * randomness.randrange(50, 64) for _ in range(4)) + "." + "c" * randomness.randrange(1, 30)
    text = local + "@" + domain
    if randomness.random() < 0.3:
        text = mutated(randomness, text)
    if randomness.random() < 0.02:
        text = randomness.choice(["{0} ", " {0}", "<{0}>", "Name <{0}>", '"{0}"', "mailto:{0}", "{0},{0}"]).format(text)
    return text


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 8000
    randomness = random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else 5321)
    texts = [local + "@example.com" for local in LOCALS] + ["user@" + domain for domain in DOMAINS] + ["", "@", "a@", "@a.com"]
    texts += [generated(randomness) for _ in range(count)]
    for text in texts:
        try:
            found = validate_email(text, check_deliverability=False, strict=True)
            given = found.original.rpartition("@")[0]
            if max(len(given.encode()), len(found.local_part.encode())) > 64:
                raise EmailNotValidError("too many bytes before the @-sign")
            sent = found.local_part + "@" + found.ascii_domain
            fields = ["1", found.normalized.encode().hex(), sent.encode().hex()]
        except EmailNotValidError:
            fields = ["0", "", ""]
        print("\t".join(fields + [text.encode().hex()]))


if __name__ == "__main__":
    main()
