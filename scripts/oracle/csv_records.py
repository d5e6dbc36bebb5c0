"""Random CSV files and what Python's csv.reader makes of them: one JSON object a line."""

import base64
import csv
import io
import json
import random

random.seed(20240611)

WORDS = ["", "a", "Tan", "Müller", "手机", " x ", "1.50", "it's", "😀", "\t", ";", "|", "'", "=1", "\0"]


def soup(delimiter):
    """Structure characters thrown together: whatever comes of it, both sides must agree."""
    alphabet = [delimiter, '"', '""', "\n", "\r", "\r\n", "a", "b", " ", "é", "line"]
    return "".join(random.choice(alphabet) for _ in range(random.randint(0, 60)))


def table(delimiter):
    """A proper table with quoted cells, every line ending, with and without a last line end."""
    end = random.choice(["\n", "\r\n", "\r"])
    rows = []
    for _ in range(random.randint(1, 30)):
        cells = []
        for _ in range(random.randint(1, 6)):
            cell = "".join(random.choice(WORDS + [delimiter, '"', "\n", "\r\n"]) for _ in range(random.randint(0, 5)))
            if any(c in cell for c in (delimiter, '"', "\n", "\r")) or random.random() < 0.2:
                cell = '"' + cell.replace('"', '""') + '"'
            cells.append(cell)
        rows.append(delimiter.join(cells))
    return end.join(rows) + random.choice(["", end, end + end])


for number in range(1500):
    delimiter = random.choice(",;\t|")
    text = soup(delimiter) if number % 2 else table(delimiter)
    records = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    print(json.dumps({
        "file": base64.b64encode(text.encode()).decode(), "delimiter": ord(delimiter), "records": records,
    }))
