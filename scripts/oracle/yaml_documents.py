"""Documents of the subset that Herald reads, each with what PyYAML makes of it once its words are typed as in JSON.

yaml_documents.py SEED COUNT prints a line of JSON for each: {"text": ..., "value": ...}.
"""

import json
import random
import re
import sys

import yaml


class Loader(yaml.SafeLoader):
    pass


Loader.yaml_implicit_resolvers = {}
for tag, pattern, first in [
    ("null", r"^(?:~|null|)$", ["~", "n", ""]),
    ("bool", r"^(?:true|false)$", list("tf")),
    ("int", r"^-?(?:0|[1-9][0-9]*)$", list("-0123456789")),
    ("float", r"^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?$", list("-0123456789")),
]:
    Loader.add_implicit_resolver("tag:yaml.org,2002:" + tag, re.compile(pattern), first)
Loader.add_constructor("tag:yaml.org,2002:float", lambda loader, node: float(loader.construct_scalar(node)))


def mapping(loader, node):
    return {key.value: loader.construct_object(value, deep=True) for key, value in node.value}


Loader.add_constructor("tag:yaml.org,2002:map", mapping)

WORDS = [
    "yes", "no", "on", "true", "false", "null", "~", "0", "-1", "42", "0.5", "1e3", "0123", "12:30", "http://a.example/x",
    "a b", "a#b", "Größe", "1.2.3", "-x", "+65", "2026-01-01", "it's", 'say "x"', "a:b", "???", "1_000", "0x1F", ".5", "5.",
    "x & y", "a*b", "50%", "=", "NaN",
]
PIECES = WORDS + ["a: b", "# no", "", " lead", "trail ", "{x}", "[y]", "a, b", "- z", "\\n", "@x", "!x", "&x", "*x", "\\"]
KEYS = ["name", "kind", "a b", "1", "true", "null", "host", "x-y", "größe", "a.b", "long key", "k7", "k8", "k9"]


class Writer:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def choose(self, items):
        return self.random.choice(items)

    def chance(self, share):
        return self.random.random() < share

    def comment(self):
        return self.choose(["  # note", " #", " # a: b"]) if self.chance(0.15) else ""

    def single(self):
        return "'" + self.choose(PIECES).replace("'", "''") + "'"

    def double(self):
        text = self.choose(PIECES).replace("\\", "\\\\").replace('"', '\\"')
        return '"' + text + self.choose(["", "\\t", "\\u00e9", "\\x41", "\\n", "\\U0001F600"]) + '"'

    def scalar(self, in_flow):
        kind = self.random.random()
        if kind < 0.2:
            return self.single()
        if kind < 0.4:
            return self.double()
        return self.choose([word for word in WORDS if not in_flow or not set(word) & set(",[]{}?")])

    def key(self):
        key = self.choose(KEYS)
        return self.choose([key, key, key, "'" + key + "'", '"' + key + '"'])

    def keys(self, count):
        found = {}
        for _ in range(count):
            key = self.key()
            found.setdefault(key.strip("'\""), key)
        return list(found.values())

    def flow(self, depth):
        kind = self.random.random()
        if depth <= 0 or kind < 0.5:
            return self.scalar(True)
        gap = self.choose(["", " ", " ", "\n        ", "  # c\n        "])
        if kind < 0.75:
            items = [self.flow(depth - 1) for _ in range(self.random.randrange(4))]
            return "[" + ", ".join(items) + (", " if items and self.chance(0.1) else "") + gap + "]"
        members = [key + ": " + self.flow(depth - 1) for key in self.keys(self.random.randrange(4))]
        return "{" + ("," + (gap or " ")).join(members) + "}"

    def text(self, indent):
        head = self.choose("|>") + self.choose(["", "-", "+"])
        inner = " " * (indent + self.choose([1, 2, 4]))
        lines = [inner + self.choose(["first", "a: b", "# text", "- x"])]
        for _ in range(self.random.randrange(6)):
            lines.append(self.choose(["", "", inner + "more words", inner + "  deeper", inner + "x", " "]))
        return head + self.comment() + "\n" + "\n".join(lines)

    def value(self, indent, depth):
        """What follows a key or a dash at a column, from the space on."""
        kind = self.random.random()
        if depth > 0 and kind < 0.25:
            return self.comment() + "\n" + self.map(indent + self.choose([1, 2, 4]), depth - 1)
        if depth > 0 and kind < 0.45:
            return self.comment() + "\n" + self.list(indent + self.choose([1, 2, 4]), depth - 1)
        if kind < 0.55:
            return " " + self.text(indent)
        if kind < 0.6:
            return self.comment()
        if kind < 0.75:
            return " " + self.flow(2) + self.comment()
        return self.choose([" ", "   "]) + self.scalar(False) + self.comment()

    def gap(self):
        return self.choose(["", "", "", "\n", "# between\n", "      # far\n"])

    def map(self, indent, depth):
        lines = []
        for key in self.keys(self.random.randrange(1, 5)):
            if depth > 0 and self.chance(0.15):
                lines.append(" " * indent + key + ":\n" + self.list(indent, depth - 1))
            else:
                lines.append(" " * indent + key + ":" + self.value(indent, depth))
        return "\n".join(lines)

    def list(self, indent, depth):
        lines = []
        for _ in range(self.random.randrange(1, 4)):
            kind = self.random.random()
            if depth > 0 and kind < 0.35:
                step = self.choose([2, 2, 4])
                inner = self.map(indent + step, depth - 1)
                lines.append(" " * indent + "-" + " " * (step - 1) + inner[indent + step :])
            elif depth > 0 and kind < 0.45:
                lines.append(" " * indent + "- " + self.list(indent + 2, depth - 1)[indent + 2 :])
            else:
                lines.append(" " * indent + "-" + self.value(indent, depth))
        return "\n".join(lines)

    def document(self):
        head = self.choose(["", "", "---\n", "# head\n", "\n"])
        body = self.map(0, 3) if self.chance(0.8) else self.list(0, 3)
        return head + body + self.choose(["\n", "\n", "", "\n# end\n", "\n\n"])


def main():
    seed, count = int(sys.argv[1]), int(sys.argv[2])
    writer = Writer(seed)
    left_out = 0
    printed = 0
    while printed < count:
        text = writer.document()
        try:
            value = yaml.load(text, Loader)
        except yaml.YAMLError:
            left_out += 1
            if left_out > count:
                sys.exit("too many documents that PyYAML refuses")
            continue
        print(json.dumps({"text": text, "value": value}))
        printed += 1


main()
