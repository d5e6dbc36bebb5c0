#!/usr/bin/env python3
"""The command statuses that `smpp.pdu3` knows and a client can meet: number and name, a line each."""

from smpp.pdu.constants import command_status_value_map

for code, status in sorted(command_status_value_map.items()):
    # 0 is success; what lies beyond is of 5.0's broadcasts, or a range's name.
    if 0 < code <= 0x106 and status["name"].startswith("ESME_"):
        print(code, status["name"], sep="\t")
