#!/usr/bin/env python3
"""Compiles the numbering metadata of PyPI `phonenumbers` into Sources/CPhoneTable/phone_table.bin.

    .venv/bin/pip install -r scripts/oracle-requirements.txt
    .venv/bin/python scripts/compile-phone-metadata.py          # writes the table and its layout
    .venv/bin/python scripts/compile-phone-metadata.py --check  # exits 1 if the committed ones are stale

What is in the table (little-endian, offsets in phone_table_layout.h):

- NEXT, LABEL: one automaton over digits. Every language of the metadata is finite, so the automaton has no
  circles, and equal suffixes are stored once. Node 0 is where nothing can match any more.
  For a calling code, the label at the end of a national number says which of the code's regions it is valid
  in (1 is the first), which is all of `is_valid_number` and `region_code_for_number`. For a numbering plan,
  the label says whether the plan's general description matches.
- CODES: for each of 0..999 the 1-based number of the calling code's record, or 0.
- CODE records, REGIONS, PLAN records, LETTERS: see phone_table.h.
- PROGRAMS: international and national prefixes and the leading rewrite, as programs for a backtracking
  matcher, because their rules depend on which alternative comes first and on captured groups.
"""

import struct
import sys
from pathlib import Path

import phonenumbers
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata, SUPPORTED_REGIONS

ROOT = Path(__file__).resolve().parent.parent / "Sources" / "CPhoneTable"
LONGEST = 17  # of a national number, by phonenumbers
TYPES = (
    "premium_rate toll_free shared_cost voip personal_number pager uan voicemail fixed_line mobile".split()
)

# --- patterns -------------------------------------------------------------------------------------------
# A pattern is a tree: ("digits", mask) | ("seq", [..]) | ("alt", [..]) | ("rep", tree, low, high) |
# ("group", number, tree) | ("end",)


class Pattern:
    """Reads the small part of the regular expression language that the metadata uses."""

    def __init__(self, text):
        self.text, self.at, self.groups = text, 0, 0

    @classmethod
    def read(cls, text):
        reader = cls(text)
        tree = reader.alternatives()
        if reader.at != len(text):
            raise ValueError(f"can't read {text!r} at {reader.at}")
        return tree

    def peek(self):
        return self.text[self.at] if self.at < len(self.text) else ""

    def take(self, expected=None):
        char = self.peek()
        if not char or (expected and char != expected):
            raise ValueError(f"can't read {self.text!r} at {self.at}")
        self.at += 1
        return char

    def alternatives(self):
        branches = [self.sequence()]
        while self.peek() == "|":
            self.take()
            branches.append(self.sequence())
        return branches[0] if len(branches) == 1 else ("alt", branches)

    def sequence(self):
        items = []
        while self.peek() not in ("", "|", ")"):
            items.append(self.repeated(self.atom()))
        return ("seq", items)

    def atom(self):
        char = self.take()
        if char.isdigit():
            return ("digits", 1 << int(char))
        if char == "\\":
            self.take("d")
            return ("digits", 0x3FF)
        if char == "$":
            return ("end",)
        if char == "[":
            return ("digits", self.digit_class())
        if char == "(":
            number = 0
            if self.peek() == "?":
                self.take()
                self.take(":")
            else:
                self.groups += 1
                number = self.groups
            tree = self.alternatives()
            self.take(")")
            return ("group", number, tree) if number else tree
        raise ValueError(f"can't read {self.text!r} at {self.at - 1}")

    def digit_class(self):
        mask = 0
        while self.peek() != "]":
            low = high = int(self.take())
            if self.peek() == "-":
                self.take()
                high = int(self.take())
            for digit in range(low, high + 1):
                mask |= 1 << digit
        self.take("]")
        return mask

    def repeated(self, tree):
        if self.peek() == "?":
            self.take()
            return ("rep", tree, 0, 1)
        if self.peek() != "{":
            return tree
        self.take()
        bounds = ""
        while self.peek() != "}":
            bounds += self.take()
        self.take("}")
        low, _, high = bounds.partition(",")
        return ("rep", tree, int(low), int(high or low))


# --- the automaton ---------------------------------------------------------------------------------------


class Automaton:
    """Nodes are (label, ten children), kept once each; so equal languages are the same number."""

    DEAD = 0

    def __init__(self):
        self.nodes = [(0, (0,) * 10)]
        self.known = {self.nodes[0]: 0}
        self.cache = {}

    def node(self, label, children):
        key = (label, tuple(children))
        if key not in self.known:
            self.known[key] = len(self.nodes)
            self.nodes.append(key)
        return self.known[key]

    def combine(self, rule, *roots):
        """The language whose label is rule(labels of the roots), for every number."""
        key = (rule, roots)
        if key not in self.cache:
            label = rule(*(self.nodes[root][0] for root in roots))
            if any(roots):
                children = [
                    self.combine(rule, *(self.nodes[root][1][digit] for root in roots)) for digit in range(10)
                ]
            else:
                children = (0,) * 10
            self.cache[key] = self.node(label, children)
        return self.cache[key]

    def longest(self, root):
        """The most digits that can be walked from here without falling off."""
        return 1 + max(map(self.longest, set(self.nodes[root][1]))) if root else -1

    def then(self, tree, rest):
        """Everything that matches the tree and then is in `rest`."""
        kind = tree[0]
        if kind == "digits":
            return self.node(0, [rest if tree[1] >> digit & 1 else 0 for digit in range(10)])
        if kind == "seq":
            for item in reversed(tree[1]):
                rest = self.then(item, rest)
            return rest
        if kind == "alt":
            result = 0
            for branch in tree[1]:
                result = self.combine(either, result, self.then(branch, rest))
            return result
        if kind == "group":
            return self.then(tree[2], rest)
        if kind == "rep":
            _, item, low, high = tree
            result = rest
            for _ in range(high - low):
                result = self.combine(either, rest, self.then(item, result))
            for _ in range(low):
                result = self.then(item, result)
            return result
        raise ValueError(f"{kind} has no place in a number's pattern")

    def matching(self, pattern):
        return self.then(Pattern.read(pattern), self.node(1, (0,) * 10)) if pattern else 0

    def lengths(self, allowed):
        """Every number whose length is in `allowed`."""
        result = 0
        for length in range(max(allowed), -1, -1):
            result = self.node(int(length in allowed), (result,) * 10)
        return result

    def starting_with(self, pattern):
        return self.then(Pattern.read(pattern), self.lengths(range(LONGEST + 1)))


def either(a, b):
    return a | b


def both(a, b):
    return a & b


class Labelled:
    """Keeps what was decided before; else, where a region claims the number, its ordinal if valid there."""

    SETTLED = 255  # claimed by a region in which it is not valid

    def __init__(self, ordinal):
        self.ordinal = ordinal

    def __call__(self, before, claimed, valid):
        if before or not claimed:
            return before
        return self.ordinal if valid else self.SETTLED


def unsettled(label):
    return 0 if label == Labelled.SETTLED else label


def description(automaton, desc):
    if desc is None or not desc.national_number_pattern:
        return 0
    language = automaton.matching(desc.national_number_pattern)
    if desc.possible_length:
        language = automaton.combine(both, language, automaton.lengths(desc.possible_length))
    return language


def valid_in(automaton, metadata):
    types = 0
    for name in TYPES:
        if name == "mobile" and metadata.same_mobile_and_fixed_line_pattern:
            continue
        types = automaton.combine(either, types, description(automaton, getattr(metadata, name)))
    return automaton.combine(both, description(automaton, metadata.general_desc), types)


def valid_for_code(automaton, plans):
    """plans: the metadata of each region of a calling code, in the order in which they are tried."""
    result = 0
    for ordinal, metadata in enumerate(plans, 1):
        valid = valid_in(automaton, metadata)
        if len(plans) > 1 and metadata.leading_digits:
            claimed = automaton.starting_with(metadata.leading_digits)
        else:
            claimed = valid
        result = automaton.combine(Labelled(ordinal), result, claimed, valid)
    return automaton.combine(unsettled, result)


# --- prefix programs -------------------------------------------------------------------------------------

MATCH, DIGITS, SPLIT, JUMP, SAVE, END = range(6)


def program(tree):
    """Code for the matcher; SPLIT tries its next instruction first, then its target (two bytes, relative)."""

    def code(tree):
        kind = tree[0]
        if kind == "digits":
            return bytes([DIGITS]) + struct.pack("<H", tree[1])
        if kind == "end":
            return bytes([END])
        if kind == "seq":
            return b"".join(code(item) for item in tree[1])
        if kind == "group":
            return bytes([SAVE, 2 * tree[1] - 2]) + code(tree[2]) + bytes([SAVE, 2 * tree[1] - 1])
        if kind == "rep":
            _, item, low, high = tree
            result = b""
            for _ in range(high - low):
                body = code(item) + result
                result = bytes([SPLIT]) + struct.pack("<H", len(body)) + body
            return code(item) * low + result
        if kind == "alt":
            result = code(tree[1][-1])
            for branch in reversed(tree[1][:-1]):
                body = code(branch) + bytes([JUMP]) + struct.pack("<H", len(result))
                result = bytes([SPLIT]) + struct.pack("<H", len(body)) + body + result
            return result
        raise ValueError(kind)

    return code(tree) + bytes([MATCH])


def groups(tree):
    kind = tree[0]
    if kind in ("seq", "alt"):
        return sum(map(groups, tree[1]))
    if kind == "rep":
        return groups(tree[1])
    if kind == "group":
        return 1 + groups(tree[2])
    return 0


def first_digits(tree):
    """(mask of the digits that a match can begin with, whether it can be empty)."""
    kind = tree[0]
    if kind == "digits":
        return tree[1], False
    if kind == "end":
        return 0, True
    if kind == "group":
        return first_digits(tree[2])
    if kind == "rep":
        mask, empty = first_digits(tree[1])
        return mask, empty or tree[2] == 0
    if kind == "alt":
        parts = [first_digits(branch) for branch in tree[1]]
        return sum_masks(mask for mask, _ in parts), any(empty for _, empty in parts)
    mask = 0
    for item in tree[1]:
        more, empty = first_digits(item)
        mask |= more
        if not empty:
            return mask, False
    return mask, True


def sum_masks(masks):
    result = 0
    for mask in masks:
        result |= mask
    return result


def rewrite(rule):
    r"""A rewrite such as `9\1` as bytes: 0..9 a digit, 0x80 + n the n-th group, 0xFF the end."""
    result, at = bytearray(), 0
    while at < len(rule):
        if rule[at] == "\\":
            result.append(0x80 + int(rule[at + 1]))
            at += 2
        else:
            result.append(int(rule[at]))
            at += 1
    return bytes(result) + b"\xff"


class Programs:
    """All programs in one run of bytes, equal ones once. Offset 0 stands for none."""

    def __init__(self):
        self.bytes, self.known = bytearray([0xFF]), {}

    def add(self, code):
        if code not in self.known:
            self.known[code] = len(self.bytes)
            self.bytes += code
        return self.known[code]

    def prefix(self, pattern):
        """(offset, group count, mask of the digits at which a match is worth trying)."""
        if not pattern:
            return 0, 0, 0
        tree = Pattern.read(pattern)
        mask, empty = first_digits(tree)
        return self.add(program(tree)), groups(tree), 0x3FF if empty else mask


# --- the table -------------------------------------------------------------------------------------------


def bits(lengths):
    return sum_masks(1 << length for length in lengths or () if length > 0)


def compile_table():
    automaton, programs = Automaton(), Programs()
    codes = sorted(COUNTRY_CODE_TO_REGION_CODE)
    places, plans = [], []  # (calling code, region), metadata
    regions, code_records = [], []
    for code in codes:
        names = COUNTRY_CODE_TO_REGION_CODE[code]
        metadata = [PhoneMetadata.metadata_for_region_or_calling_code(code, name) for name in names]
        code_records.append((valid_for_code(automaton, metadata), len(plans), len(names)))
        for name, plan in zip(names, metadata):
            places.append((code, name))
            plans.append(plan)
            regions.append(int.from_bytes(name.encode(), "big"))
    assert {name for _, name in places} - {"001"} == set(SUPPORTED_REGIONS)

    plan_records = []
    for (code, _), plan in zip(places, plans):
        desc = plan.general_desc
        plan_records.append(
            (
                bits(desc.possible_length),
                bits(desc.possible_length_local_only),
                automaton.matching(desc.national_number_pattern),
                code,
                *programs.prefix(plan.international_prefix),
                *programs.prefix(plan.national_prefix_for_parsing),
                programs.add(rewrite(plan.national_prefix_transform_rule or ""))
                if plan.national_prefix_transform_rule
                else 0,
            )
        )

    # Only what a root reaches is kept, each code's nodes together, so that one country's numbers stay in cache.
    order, numbers = [0], {0: 0}

    def place(root):
        if root in numbers:
            return
        numbers[root] = len(order)
        order.append(root)
        for child in automaton.nodes[root][1]:
            place(child)

    sys.setrecursionlimit(10_000)
    for root, first, count in code_records:
        place(root)
        for record in plan_records[first : first + count]:
            place(record[2])
    assert len(order) <= 0xFFFF, len(order)
    for (root, _, _), code in zip(code_records, codes):
        assert len(str(code)) + automaton.longest(root) <= 19, f"a number of +{code} doesn't fit 64 bits"

    by_code = [0] * 1000
    for index, code in enumerate(codes, 1):
        by_code[code] = index
    letters = [0] * 676
    for index, (_, name) in enumerate(places, 1):
        if name != "001":
            letters[(ord(name[0]) - 65) * 26 + ord(name[1]) - 65] = index

    sections = [
        ("PLANS", b"".join(
            struct.pack("<IIHHHHHHHBB", possible, local, numbers[general], code, idd, idd_mask, national,
                        national_mask, rewriting, idd_groups, national_groups)
            for possible, local, general, code, idd, idd_groups, idd_mask, national, national_groups,
            national_mask, rewriting in plan_records)),
        ("REGIONS", struct.pack(f"<{len(regions)}I", *regions)),
        ("CODE_RECORDS", b"".join(struct.pack("<HHHH", numbers[root], first, count, codes[index])
                                  for index, (root, first, count) in enumerate(code_records))),
        ("CODES", struct.pack("<1000H", *by_code)),
        ("LETTERS", struct.pack("<676H", *letters)),
        ("NEXT", b"".join(struct.pack("<10H", *(numbers[child] for child in automaton.nodes[node][1]))
                          for node in order)),
        ("LABEL", bytes(automaton.nodes[node][0] for node in order)),
        ("PROGRAMS", bytes(programs.bytes)),
    ]
    blob, layout = bytearray(), []
    for name, data in sections:
        blob += bytes(-len(blob) % 4)
        layout.append((name, len(blob)))
        blob += data
    counts = [("NODE_COUNT", len(order)), ("CODE_COUNT", len(codes)), ("PLAN_COUNT", len(plans)),
              ("BYTE_COUNT", len(blob))]
    header = (
        "// Written by scripts/compile-phone-metadata.py; don't edit by hand.\n#pragma once\n\n"
        f'#define PHONE_METADATA_VERSION "{phonenumbers.__version__}"\n'
        + "".join(f"#define PHONE_{name} {value}\n" for name, value in layout + counts)
    )
    return bytes(blob), header


def main():
    blob, header = compile_table()
    files = {ROOT / "phone_table.bin": blob, ROOT / "include" / "phone_table_layout.h": header.encode()}
    if "--check" in sys.argv[1:]:
        stale = [path.name for path, data in files.items() if not path.exists() or path.read_bytes() != data]
        if stale:
            sys.exit(f"stale: {', '.join(stale)}; run scripts/compile-phone-metadata.py")
        return
    for path, data in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    print(f"phonenumbers {phonenumbers.__version__}: {len(blob)} bytes")


if __name__ == "__main__":
    main()
