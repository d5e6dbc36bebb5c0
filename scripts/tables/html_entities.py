"""Writes the table of HTML 5 character names for HTMLText: python3 scripts/tables/html_entities.py > Sources/…"""

import html.entities

names = {}
for name, value in html.entities.html5.items():
    entry = names.setdefault(name.rstrip(";"), [value, ":"])
    if not name.endswith(";"):
        entry[1] = "="

lines, line = [], ""
for name in sorted(names):
    value, mark = names[name]
    word = name + mark + ".".join(f"{ord(c):X}" for c in value)
    if len(line) + len(word) + 1 > 104:
        lines.append(line)
        line = word
    else:
        line = f"{line} {word}" if line else word
lines.append(line)

print("/// The named characters of HTML 5, one word each: the name, `=` where it also counts without a semicolon and `:`")
print("/// where it doesn't, and its code points. Written by scripts/tables/html_entities.py.")
print("enum HTMLEntityTable {")
print('    static let text: StaticString = """')
for line in lines:
    print("        " + line)
print('        """')
print("}")
