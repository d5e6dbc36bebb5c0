#!/usr/bin/env python3
"""When days start, by Python's zoneinfo: zone, day, seconds since 1970. Days around changes of the clock first of all."""

import random
from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo, available_timezones


ALWAYS = ["Asia/Beirut", "America/Santiago", "America/Havana", "Africa/Cairo", "Pacific/Apia", "Asia/Tehran", "Europe/Dublin"]


def start(day, zone):
    # Fold 0: of two midnights the first; of none, the instant at which the clock leaps over it.
    return int(datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(timezone.utc).timestamp())


def main():
    randomness = random.Random(20260301)
    names = sorted(name for name in available_timezones() if "/" in name and not name.startswith(("Etc/", "posix/", "right/")))
    for name in randomness.sample(names, 80) + ALWAYS:
        zone = ZoneInfo(name)
        days = [date(2005, 1, 1) + timedelta(days=n) for n in range(366 * 20)]
        changes = [day for day in days if start(day + timedelta(days=1), zone) - start(day, zone) != 86400]
        chosen = randomness.sample(changes, min(12, len(changes))) + randomness.sample(days, 2)
        for day in chosen:
            begin = start(day, zone)
            # A change in the middle of a quarter of an hour is no place where our reports could cut.
            if begin % 900 == 0:
                print(name, day.isoformat(), begin, sep="\t")


main()
