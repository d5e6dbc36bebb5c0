#!/usr/bin/env python3
"""ISO weeks by Python's calendar: day, the week's name, its Monday. Days around new years first of all."""

import random
from datetime import date, timedelta

randomness = random.Random(20260301)
days = [date(year, 1, 1) + timedelta(days=n) for year in range(1990, 2060) for n in range(-6, 8)]
days += [date(1990, 1, 1) + timedelta(days=randomness.randrange(25_000)) for _ in range(500)]
for day in days:
    year, week, weekday = day.isocalendar()
    print(day.isoformat(), f"{year:04d}-W{week:02d}", (day - timedelta(days=weekday - 1)).isoformat(), sep="\t")
