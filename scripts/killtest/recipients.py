"""Recipient files as people make them, and what is to become of each row."""

import random

SINGAPORE = ("+65", 91_000_000)
# None of these ends like a magic recipient, 955590NN.
COUNTRIES = [SINGAPORE, ("+44779", 6_000_000), ("+91919", 6_000_000)]


class Recipients:
    """A CSV with duplicates, bad rows and people who opted out, and the expectations that go with it.

    Every file has numbers of its own, so that a call in a provider's log tells whose it is.
    """

    _used = 0

    def __init__(self, seed, count, magic=(), countries=(SINGAPORE,)):
        draw = random.Random(seed)
        places = range(Recipients._used, Recipients._used + count)
        Recipients._used += count
        numbers = [f"{prefix}{base + place}" for place in places for prefix, base in [countries[place % len(countries)]]]
        self.opted_out = set(draw.sample(numbers, count // 25))
        self.magic = {number: word for number, word in magic}
        self.good = set(numbers) | set(self.magic)
        rows = [(number, self._name(draw)) for number in numbers]
        rows += [(number, self._name(draw)) for number in self.magic]
        again = draw.sample(numbers, count // 20)
        # As somebody else's list writes them: the same number all the same.
        rows += [(f"{number[:3]} {number[3:7]} {number[7:]}", self._name(draw)) for number in again]
        bad = draw.choices(["", "12345", "+6591", "no phone", "+659999999999", "4.47911E+11"], k=count // 30)
        rows += [(number, self._name(draw)) for number in bad]
        draw.shuffle(rows)
        self.duplicates = len(again)
        self.rejected = len(bad)
        self.text = "Mobile No.,First Name\r\n" + "".join(f'{number},"{name}"\r\n' for number, name in rows)

    @staticmethod
    def _name(draw):
        return draw.choice(["Ann", "Bo, the elder", "Zoë", 'Cy ""C"" Dee', "李雷", "Eve\nof two lines"])
