#!/usr/bin/env python3
"""What `phonenumbers` says about generated inputs, for every region.

    phone.py [INPUTS PER REGION] [SEED]

A line each: default region (or -), 1 or 0, E.164, region of the number, input as hexadecimal UTF-8.
"""

import random
import sys

import phonenumbers
from phonenumbers import PhoneMetadata, re_util

TYPES = "fixed_line mobile toll_free premium_rate shared_cost voip personal_number pager uan voicemail".split()
ARABIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
PERSIAN = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")
FULL_WIDTH = str.maketrans("0123456789+-()", "０１２３４５６７８９＋－（）")
KEYPAD = {"2": "ABC", "3": "DEF", "4": "GHI", "5": "JKL", "6": "MNO", "7": "PQRS", "8": "TUV", "9": "WXYZ"}
INTERNATIONAL = ["00", "011", "+", "+", "+", "0011", "810", "001", "010", "119", "009", "0", "++", "＋", "00 ", "+0"]
TRUNKS = ["0", "1", "8", "06", "01", "15", "9", "80", "00", "0 15", "031", "180020", "1831", "90", "041", "82"]
SEPARATORS = [" ", "-", ".", "/", " - ", "  ", "\u00a0", "\u2013", "\u2010", "\u3000", "\u2060", "\u00ad", "~", "x", ",", "*"]
EXTENSIONS = ["x{}", " x{}", " ext. {}", " ext {}", ";ext={}", "#{}", ",{}", ",,{}", ";{}", " extension: {}", " - {}#",
              " int {}", " доб. {}", " anexo {}", "ｅｘｔ{}", " EXT{}", " ext:{}#", "/x{}", " x{}/x44", " ~ {}", "xt{}",
              " ДОБ {}", " extensión {}", " extensio\u0301n {}", ";isub={}", ";phone-context={}", " x.{}", " ,, {}"]
AROUND = ["tel:{}", "Tel: {}", "{} ", " {}", "({})", "{}.", "'{}", '="{}"', "\t{}", "{}\n", "Mobile {} (home)", "{};",
          "\u202a{}\u202c", "{}#", "+{}", "{}_", "tel:{};phone-context=example.com", "tel:{};phone-context=+1",
          "{};phone-context=+44", "tel:{};isub=12", "{}/", "{} or", "call {}!", "\ufeff{}", "{};phone-context=-x", ";phone-context=+1;{}", "; {}",
          "a+{}", "({}", "\\/x{}", "{}\u00a0", "Fax:\u00a0{}", "{}'", "#{}", "*{}*"]


def example_digits(randomness, plan):
    """National numbers of the plan's types, with the last digits changed."""
    for name in TYPES:
        desc = getattr(plan, name)
        if desc is not None and desc.example_number:
            yield desc.example_number
    yield randomness.choice(plan.general_desc.possible_length or [8]) * "5"


def mutated(randomness, digits):
    digits = list(digits)
    roll = randomness.random()
    for _ in range(randomness.choice([1, 1, 2, 4])):
        at = randomness.randrange(len(digits))
        if roll < 0.45:
            digits[at] = str(randomness.randrange(10))
        elif roll < 0.65:
            digits[-1 - at % 4 % len(digits)] = str(randomness.randrange(10))
        elif roll < 0.75:
            digits.insert(at, str(randomness.randrange(10)))
        elif roll < 0.85 and len(digits) > 2:
            del digits[at]
    return "".join(digits)


def grouped(randomness, digits):
    """The digits with punctuation between them, as people write it."""
    if randomness.random() < 0.5:
        return digits
    separator = randomness.choice(SEPARATORS[: randomness.choice([3, 5, len(SEPARATORS)])])
    result, at = "", 0
    while at < len(digits):
        size = randomness.choice([1, 2, 3, 4, 4])
        part = digits[at : at + size]
        if randomness.random() < 0.08:
            part = f"({part})"
        elif randomness.random() < 0.02:
            part = f"[{part}]"
        result += (separator if result else "") + part
        at += size
    return result


def disguised(randomness, text):
    roll = randomness.random()
    if roll < 0.03:
        return text.translate(randomness.choice([ARABIC, PERSIAN, FULL_WIDTH]))
    if roll < 0.05:
        return "".join(randomness.choice(KEYPAD[c]) if c in KEYPAD and randomness.random() < 0.5 else c for c in text)
    if roll < 0.06:
        return "".join(c.lower() if c in "xX" else c for c in text) + randomness.choice("aXq")
    if roll < 0.08:
        at = randomness.randrange(len(text) + 1)
        return text[:at] + randomness.choice("+-xX#,;a e*٣²½\u200b\u200e_\\/ſKİ|") + text[at:]
    return text


def generated(randomness, region, plan, codes):
    national = randomness.choice(list(example_digits(randomness, plan)))
    if randomness.random() < 0.75:
        national = mutated(randomness, national)
    roll = randomness.random()
    own_code = str(plan.country_code)
    if roll < 0.25:
        text = "+" + own_code + (" " if randomness.random() < 0.3 else "") + grouped(randomness, national)
    elif roll < 0.35:
        trunk = plan.national_prefix or randomness.choice(TRUNKS)
        text = "+" + own_code + randomness.choice(["({})", " ({}) ", "{}", " ({})"]).format(trunk) + grouped(randomness, national)
    elif roll < 0.55:
        text = grouped(randomness, national)
    elif roll < 0.7:
        text = (plan.national_prefix or randomness.choice(TRUNKS)) + grouped(randomness, national)
    elif roll < 0.75:
        text = randomness.choice(TRUNKS) + grouped(randomness, national)
    elif roll < 0.82:
        text = own_code + grouped(randomness, national)
    elif roll < 0.92:
        code = own_code if randomness.random() < 0.6 else randomness.choice(codes)
        text = randomness.choice(INTERNATIONAL) + code + grouped(randomness, national)
    elif roll < 0.96:
        prefix = plan.international_prefix or "00"
        text = prefix.split("|")[0].replace("\\d", "3").split("(")[0].split("[")[0] + own_code + national
    else:
        text = grouped(randomness, "".join(randomness.choice("0123456789") for _ in range(randomness.randrange(1, 20))))
    if randomness.random() < 0.06:
        extension = "".join(randomness.choice("0123456789") for _ in range(randomness.choice([1, 2, 3, 5, 8, 12, 21])))
        text += randomness.choice(EXTENSIONS).format(extension)
    if randomness.random() < 0.06:
        text = randomness.choice(AROUND).format(text)
    return disguised(randomness, text)


def judge(text, region):
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return "0", "", ""
    if not phonenumbers.is_valid_number(number):
        return "0", "", ""
    return (
        "1",
        phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164),
        phonenumbers.region_code_for_number(number),
    )


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    randomness = random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else 20250101)
    re_util.enable_pattern_cache()
    codes = sorted(str(code) for code in phonenumbers.COUNTRY_CODE_TO_REGION_CODE)
    plans = [(region, PhoneMetadata.metadata_for_region(region)) for region in sorted(phonenumbers.SUPPORTED_REGIONS)]
    plans += [("001", PhoneMetadata.metadata_for_nongeo_region(code))
              for code in sorted(phonenumbers.COUNTRY_CODES_FOR_NON_GEO_REGIONS)]
    write = sys.stdout.write
    for region, plan in plans:
        for _ in range(count):
            text = generated(randomness, region, plan, codes)
            home = None if region == "001" or randomness.random() < 0.03 else region
            if randomness.random() < 0.05:
                home = randomness.choice(plans[:-9])[0]
            valid, e164, number_region = judge(text, home)
            write(f"{home or '-'}\t{valid}\t{e164}\t{number_region}\t{text.encode().hex()}\n")


if __name__ == "__main__":
    main()
