"""Prints what python-liquid makes of generated templates: one JSON object a line with the template, the data,
whether output is escaped, and the result, or null where python-liquid raises an error.

Usage: liquid.py COUNT SEED
"""

import json
import os
import random
import resource
import sys
import time
import warnings

os.environ["TZ"] = "UTC"
time.tzset()
warnings.simplefilter("ignore")
sys.path.pop(0)  # this folder: the script has the name of the package

from liquid import Environment  # noqa: E402
from liquid.builtin.expressions.primitive import Blank, Empty  # noqa: E402
from liquid.builtin.filters.array import _Null  # noqa: E402
from liquid.builtin.filters.misc import _to_date  # noqa: E402
from liquid.extra import JSON  # noqa: E402

# Inside of lists these print their address, which no test can expect.
for helper in (_Null, Empty, Blank):
    helper.__repr__ = lambda self: ""

ENVIRONMENTS = {}
# A generated loop over a huge range must not take the machine along.
resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
resource.setrlimit(resource.RLIMIT_CPU, (60, 60))
for html in (False, True):
    environment = Environment(autoescape=html)
    environment.add_filter("json", JSON())
    ENVIRONMENTS[html] = environment

rng = random.Random(int(sys.argv[2]))
pick = rng.choice

WORDS = [
    "", "a", "Ann", "hello world", "Straße", "ΟΔΟΣ ΑΣ", "İstanbul", "ǆ", "ﬁne", "e\u0301", "日本語", "😀 ok", "<b>x</b>",
    "a & b", "it's", 'say "hi"', "  pad ", "tab\there", "line\nfeed", "cr\r\nlf", "a,b,,c", "one two  three", "12", "-3",
    "4.5", "1e3", "007", " 42 ", "1_000", "true", "nil", "&lt;ok&gt; &amp; &eacute &copy; &#39; &#x41;", "x%20y+z%C3%A9%",
    "Tom &amp Jerry<br/>end", "\u00a0nbsp\u2003", "a.b-c_d", "UPPER lower", "aaaa", "2024-03-05", "2024-12-31T23:59:58Z",
    "March 14, 2016", "14 Mar 2016 3:04pm", "1152098955", "Fri, 21 Nov 1997 09:55:06 -0600", "01/02/03", "not a date",
]
NUMBERS = [0, 1, 2, 3, -1, -7, 10, 42, 1000000, 2**53, 10**18, 10**20, 0.0, -0.0, 0.1, 0.5, 1.5, 2.5, -2.5, 3.14159, 1e16,
           1e-5, 123456789.125, 1.005, 2.675, 1e21, 99.99, 100.0]
FORMATS = ["%Y-%m-%d", "%d.%m.%y", "%B %-d, %Y", "%A %a %b %e %H:%M:%S", "%I:%M %p", "%j %U %W %V %G %u %w", "%s", "%%",
           "%c", "%x %X", "%Z%z", "%D %F %T %R", "%h %n %t %C %k %l %P", "%^a %^B %_d %-H %05d %10Y", "%f", "%q %", "x", ""]
NAMES = ["name", "n", "x", "list", "nums", "people", "obj", "flag", "nothing", "missing", "s", "empty_list", "html", "when",
         "deep", "mixed"]


def scalar():
    return pick([pick(WORDS), pick(WORDS), pick(NUMBERS), pick(NUMBERS), True, False, None])


def data():
    people = [
        {key: value for key, value in
         (("name", pick(WORDS)), ("age", pick([1, 2, 30, 30, 4.5, None])), ("on", pick([True, False, None, 0, ""])))
         if rng.random() < 0.85}
        for _ in range(rng.randrange(5))
    ]
    return {
        "name": pick(WORDS), "n": pick(NUMBERS), "x": scalar(), "s": pick(WORDS), "flag": pick([True, False]),
        "nothing": None, "list": [pick(WORDS) for _ in range(rng.randrange(5))],
        "nums": [pick(NUMBERS) for _ in range(rng.randrange(6))], "people": people,
        "obj": {pick(["a", "b", "size", "first", "c d", "k"]): scalar() for _ in range(rng.randrange(4))},
        "empty_list": [], "html": pick(WORDS), "when": pick(WORDS[-10:]),
        "deep": {"a": {"b": [1, {"c": pick(WORDS)}, [2, [3]]]}},
        "mixed": [scalar() for _ in range(rng.randrange(5))] + pick([[], [[1, ["z"]]], [{"k": None}]]),
    }


def string():
    word = pick(WORDS)
    if "'" not in word:
        return f"'{word}'"
    return f'"{word}"' if '"' not in word else "'q'"


def literal():
    return pick([string, string, lambda: str(pick([0, 1, 2, 3, 5, -1, -2, 10, 100])),
                 lambda: pick(["1.5", "0.1", "-2.5", "10.0", "3.", "0.333"]),
                 lambda: pick(["true", "false", "nil", "empty", "blank", "null"])])()


def path():
    return pick([
        lambda: pick(NAMES), lambda: pick(NAMES), lambda: pick(NAMES), lambda: f"list[{pick([0, 1, -1, 9])}]",
        lambda: pick(["list", "nums", "s", "obj", "people", "n", "deep.a", "mixed", "nothing"]) + pick([".size", ".first", ".last"]),
        lambda: pick(["people[0].name", "people.first.age", "people.last.on", "deep.a.b[1].c", "deep.a.b[2]", "deep['a'].b",
                      "obj.a", "obj['c d']", "obj[name]", "list[n]", "list[x]", "['name']", "[s]", "deep.a.b", "list[-2]",
                      "nums[flag]", "s[0]", "name.size", "missing.a.b"]),
    ])()


def value():
    return path() if rng.random() < 0.7 else pick([literal, literal, lambda: f"({pick(['1', 'nothing', '-2', '0'])}..{pick(['3', '5', '0', 'list.size', 'missing'])})"])()


def argument():
    return literal() if rng.random() < 0.6 else path()


def small():
    return pick(["0", "1", "2", "3", "5", "-1", "-2", "'2'", "n", "x", "1.5", "nil", "missing", "10"])


def key():
    return pick(["'name'", "'age'", "'on'", "'nope'", "name", "'a'"])


FILTERS = (
    [lambda f=f: f for f in
     ["upcase", "downcase", "capitalize", "strip", "lstrip", "rstrip", "escape", "escape_once", "url_encode", "url_decode",
      "strip_newlines", "newline_to_br", "strip_html", "size", "first", "last", "reverse", "compact", "uniq", "sort",
      "sort_natural", "abs", "ceil", "floor", "round", "json", "join", "sum", "squish", "default", "truncate", "truncatewords"]]
    + [lambda f=f: f"{f}: {argument()}" for f in
       ["default", "append", "prepend", "remove", "remove_first", "remove_last", "plus", "minus", "times", "divided_by",
        "modulo", "at_least", "at_most", "split", "join", "concat"]]
    + [
        lambda: f"replace: {string()}, {argument()}", lambda: f"replace_first: {string()}, {argument()}",
        lambda: f"replace_last: {string()}, {argument()}", lambda: f"replace: {argument()}",
        lambda: f"default: {argument()}, allow_false: {pick(['true', 'false', 'flag'])}",
        lambda: f"truncate: {small()}", lambda: f"truncate: {small()}, {string()}",
        lambda: f"truncatewords: {small()}", lambda: f"truncatewords: {small()}, {string()}",
        lambda: f"slice: {small()}", lambda: f"slice: {small()}, {small()}", lambda: f"round: {small()}",
        lambda: f"map: {key()}", lambda: f"where: {key()}", lambda: f"where: {key()}, {argument()}",
        lambda: f"sort: {key()}", lambda: f"sort_natural: {key()}", lambda: f"uniq: {key()}", lambda: f"compact: {key()}",
        lambda: f"sum: {key()}", lambda: f"reject: {key()}", lambda: f"find: {key()}, {argument()}",
        lambda: f"find_index: {key()}, {argument()}", lambda: f"has: {key()}",
        lambda: "split: " + pick(["','", "' '", "''", "'a'"]), lambda: f"json: {pick(['2', '0', '4', 'nil'])}",
        lambda: f"date: '{pick(FORMATS)}'", lambda: f"concat: {pick(['list', 'nums', 'people'])}",
    ]
)


def filtered():
    text = value()
    for _ in range(pick([0, 0, 0, 1, 1, 1, 2, 3])):
        text += " | " + pick(FILTERS)()
    return text


def condition():
    def test():
        if rng.random() < 0.3:
            return value()
        return f"{value()} {pick(['==', '==', '!=', '<', '>', '<=', '>=', 'contains', '<>'])} {value()}"
    return pick([test, test, lambda: f"{test()} {pick(['and', 'or'])} {test()}",
                 lambda: f"{test()} {pick(['and', 'or'])} {test()} {pick(['and', 'or'])} {test()}"])()


def tag(text):
    return "{%" + pick(["", "", "", "-"]) + f" {text} " + pick(["", "", "", "-"]) + "%}"


def output():
    return "{{" + pick(["", "", "", "-"]) + f" {filtered()} " + pick(["", "", "", "-"]) + "}}"


def text():
    return pick([" ", "\n", "Hi ", " & ", "<p>", "x\n", "\n\n", ", ", " end", "é", "} } {", "%"])


def block(depth):
    return "".join(node(depth) for _ in range(pick([0, 1, 1, 2, 3])))


def loop(depth):
    items = pick(["list", "nums", "people", "obj", "mixed", "s", "nothing", "missing", "(1..4)", "(flag..nums.size)", "empty_list", "deep.a.b"])
    args = "".join(pick(["", "", f" limit: {small()}", f" offset: {small()}", " reversed", " offset: continue", ", limit:2"])
                   for _ in range(2))
    body = block(depth - 1) + pick(["", "{{ i }}", "{{ forloop.index }}{{ forloop.last }},", "{{ i.name }}", "{{ i[0] }}:{{ i[1] }} ",
                                    "{% if forloop.index == 2 %}{% break %}{% endif %}", "{% if i == 1 %}{% continue %}{% endif %}",
                                    "{{ forloop.parentloop.index0 }}{{ forloop.rindex }}{{ forloop.rindex0 }}{{ forloop.length }}",
                                    "{% capture c %}{{ i }}{% break %}{% endcapture %}", "{% cycle 'a', 'b', i %}", "{{ forloop }}"])
    other = tag("else") + block(depth - 1) if rng.random() < 0.3 else ""
    return tag(f"for i in {items}{args}") + body + other + tag("endfor")


def case(depth):
    arms = "".join(tag("when " + pick([", ", " or "]).join(value() for _ in range(pick([1, 1, 2])))) + block(depth - 1)
                   for _ in range(pick([1, 2, 3])))
    other = tag("else") + block(depth - 1) if rng.random() < 0.6 else ""
    return tag(f"case {value()}") + pick(["", "\n", " junk "]) + arms + other + tag("endcase")


def choice(depth):
    name = pick(["if", "if", "unless"])
    arms = "".join(tag("elsif " + condition()) + block(depth - 1) for _ in range(pick([0, 0, 1])))
    other = tag("else") + block(depth - 1) if rng.random() < 0.5 else ""
    return tag(f"{name} {condition()}") + block(depth - 1) + arms + other + tag("end" + name)


def node(depth):
    simple = [text, text, output, output, output, lambda: tag(f"assign {pick(['v', 'x', 's'])} = {filtered()}") + pick(["", "{{ v }}"]),
              lambda: tag(pick(["increment c", "decrement c"])), lambda: tag(f"cycle {value()}, {value()}"),
              lambda: tag("comment") + " {{ x }} {% if %} " + tag("endcomment"), lambda: tag("raw") + "{{ x }}" + tag("endraw"),
              lambda: tag("# note"), lambda: tag(f"echo {filtered()}")]
    if depth <= 0:
        return pick(simple)()
    return pick(simple * 2 + [lambda: choice(depth)] * 6 + [lambda: loop(depth)] * 6 + [lambda: case(depth)] * 3
                + [lambda: tag("capture v") + block(depth - 1) + tag("endcapture") + "{{ v }}"] * 2)()


HTML = ["<p>", "</p>", "<br/>", "<a href='x>y'>", '<i class="a>b" c>', "text", " & ", "&amp;", "&copy", "&#39;", "&#x4a", "&#", "&", "&a-b",
        "<script>", "x < y", "</script>", "<STYLE>", "</style >", "<!-- c > -->", "<!--", "-->", "<!doctype html>", "<?pi?>", "<", ">",
        "</", "<b", "<b a=", "<b a='", "/>", ";", "é", "\n", "<1>", "</1>", "</ p>", "<b/ c>", "&#12;", "&nbsp;", "&bogus;", "&ampx;"]


def written_date():
    year, month, day = rng.randrange(1950, 2060), rng.randrange(1, 13), rng.randrange(1, 32)
    name = pick(["January", "feb", "Mar", "APRIL", "May", "Sept", "Dec", "November"])
    clock = pick(["", "", f" {rng.randrange(24)}:{rng.randrange(60):02}", f"T{rng.randrange(24):02}:{rng.randrange(60):02}:{rng.randrange(60):02}",
                  f" {rng.randrange(1, 13)}{pick(['am', ' PM', 'p'])}", f" {rng.randrange(1, 13)}:30:15.25 pm", " 10h", " 5h 30m 2.5s", " 0830", " 10:36.5"])
    zone = pick(["", "", "Z", " UTC", "+02:00", " -0530", " +3", " GMT+3", " EST", " -08:00 (PST)", "z", " GMT"])
    return pick([
        f"{year}-{month:02}-{day:02}", f"{year}/{month}/{day}", f"{day}.{month}.{year}", f"{month}/{day}/{year}", f"{day} {name} {year}",
        f"{name} {day}, {year}", f"{name} {day}{pick(['st', 'nd', 'rd', 'th'])} {year}", f"{year}{month:02}{day:02}", f"{day}-{name}-{year % 100:02}",
        f"{pick(['Mon', 'Friday', 'sun'])}, {day} {name} {year}", f"{name} {year}", f"{name} of {year}", f"{day:02}{month:02}{year % 100:02}",
        f"{month}/{day}/{year % 100:02}", name, pick(["Monday", "Tue"]), f"{year}", f"{day}", f"{name}.{day}.{year}", f"{day} of {name} {year}",
        f"{year}-{month:02}", f"{name}-{day}-{year}", f"{year}{month:02}{day:02}{pick(['T0102', '010203', '0102'])}", "", str(rng.randrange(10**9)),
    ]) + clock + zone


def focused():
    """Filters with rules of their own, on input that tests them."""
    number = lambda: pick([str(pick(NUMBERS)), repr(rng.uniform(-1e3, 1e3)), str(rng.randrange(-10**6, 10**6)), repr(round(rng.uniform(-50, 50), 2)),
                           repr(rng.random() * 10.0 ** rng.randrange(-20, 20))])
    expression = pick([
        lambda: f"when | date: '{pick(FORMATS)}'", lambda: "when | date: '%Y-%m-%d %H:%M:%S.%f %z %Z'", lambda: "html | strip_html",
        lambda: "html | escape_once", lambda: f"'{number()}' | {pick(['plus', 'minus', 'times', 'divided_by', 'modulo'])}: {pick(['a', 'b'])}",
        lambda: f"a | {pick(['plus', 'minus', 'times', 'divided_by', 'modulo', 'at_least', 'at_most'])}: b", lambda: f"a | round: {pick('0123458')}",
        lambda: f"a | {pick(['ceil', 'floor', 'abs', 'round', 'json', 'size'])}", lambda: "a", lambda: "html | url_decode",
    ])()
    values = {"when": written_date(), "html": "".join(pick(HTML) for _ in range(rng.randrange(1, 9))),
              "a": json.loads(number()), "b": json.loads(number())}
    return "{{ " + expression + " }}", values


def template():
    if rng.random() < 0.5:
        return output()
    return "".join(node(3) for _ in range(pick([1, 2, 3, 5])))


for _ in range(int(sys.argv[1])):
    source, values = focused() if rng.random() < 0.25 else (template(), data())
    html = rng.random() < 0.4
    _to_date.cache_clear()  # it takes False for 0.0 when it has seen that before
    try:
        result = ENVIRONMENTS[html].from_string(source).render(**values)
    except Exception:  # noqa: BLE001 - whatever it raises, it has no result
        result = None
    print(json.dumps({"template": source, "data": values, "html": html, "result": result, "now": int(time.time())}))
