"""Recipient files as people make them, and what is to become of each row."""

import random


class Recipients:
    """A CSV with duplicates, bad rows and people who opted out, and the expectations that go with it.

    Every file has numbers of its own, so that a call in a provider's log tells whose it is.
    """

    _block = 0

    def __init__(self, seed, count, magic=()):
        draw = random.Random(seed)
        Recipients._block += 1
        base = 91_000_000 + Recipients._block * 20_000 if count < 20_000 else 80_000_000
        numbers = [f"+65{base + index}" for index in range(count)]
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
