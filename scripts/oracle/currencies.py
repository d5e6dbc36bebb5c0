#!/usr/bin/env python3
"""The currencies of ISO 4217 that are paid with, one code a line, from the table as it was published: without funds, and
without what has no digits behind the point to speak of (metals, units of account, tests, none)."""

import importlib.resources
import xml.etree.ElementTree

# Units that only contracts and accounts are kept in, though the table has digits for them.
UNITS = {"UYW", "XAD"}

root = xml.etree.ElementTree.parse(str(importlib.resources.files("iso4217") / "table.xml")).getroot()
codes = set()
for entry in root.iter("CcyNtry"):
    code, name, digits = entry.find("Ccy"), entry.find("CcyNm"), entry.find("CcyMnrUnts")
    if code is None or "IsFund" in name.attrib or digits.text == "N.A.":
        continue
    codes.add(code.text)
print("\n".join(sorted(codes - UNITS)))
