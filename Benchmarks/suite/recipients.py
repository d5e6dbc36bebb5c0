"""Files of made-up recipients: valid mobile numbers of five countries, none of them twice."""
PREFIXES = ["+49151", "+9198", "+86138", "+86139", "+62812"]
PLANS = ["Basic 10 GB", "Family 60 GB", "Travel 5 GB", "Unlimited", "Night Owl"]
NAMES = [f"{first} {last}" for first in "Wei Jun Siti Priya Daniel Sarah Hafiz Emma Oliver Hannah Zoë".split()
         for last in "Tan Lim Ng Kumar Rahman Smith Müller García Nguyen O'Brien".split()]


def numbers(indexes):
    """Jump about as those of a customer list do: the step shares no factor with 10^8, so that none comes twice."""
    for index in indexes:
        yield f"{PREFIXES[index % 5]}{index * 61_803_399 % 100_000_000:08d}"


def write_lines(path, lines):
    """Piece by piece: ten million rows are not held in memory."""
    with open(path, "w", encoding="utf-8", newline="") as file:
        piece = []
        for line in lines:
            piece.append(line)
            if len(piece) == 50_000:
                file.write("".join(piece))
                piece.clear()
        file.write("".join(piece))


def write_campaign(path, count):
    """Three personalised fields beside the number."""
    def rows():
        yield "Mobile No.,Name,Plan,Balance\r\n"
        for index, number in enumerate(numbers(range(count))):
            yield f"{number},{NAMES[index * 7 % 110]},{PLANS[index % 7 % 5]},{index * 37 % 200}.{index % 90 + 10}\r\n"
    write_lines(path, rows())


def write_opt_outs(path, count, rows):
    """Every hundredth of a campaign's `rows` recipients, and people who are in none."""
    hits = range(0, rows, 100)
    others = range(20_000_000, 20_000_000 + count - len(hits))
    write_lines(path, (f"{number}\n" for part in (others, hits) for number in numbers(part)))
