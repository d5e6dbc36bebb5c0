"""What was measured, held against the committed thresholds, as a table or as JSON."""
import json
import os

THRESHOLDS = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "thresholds.json")


VERDICTS = {"aim": "aim met", "must": "must met", "told": "", "missed": "MISSED"}


class Results:
    def __init__(self):
        with open(THRESHOLDS) as file:
            self.thresholds = json.load(file)
        self.rows = []

    def add(self, name, what, value, unit, ratio, limit, **details):
        """`ratio` is to `limit`, which says what that is and how much of it was measured in this run."""
        bounds = self.thresholds[name]
        row = {
            "name": name, "what": what, "value": value, "unit": unit, "ratio": ratio, "limit": limit,
            "must": bounds["must"], "aim": bounds["aim"], "details": details,
        }
        less = bounds.get("less_is_better", False)
        row["less_is_better"] = less
        row["verdict"] = next((word for word in ("aim", "must") if self.holds(row, bounds[word], less)), "missed")
        if not bounds["must"]:
            # Told, and held against nothing.
            row["verdict"] = "told"
        self.rows.append(row)

    @staticmethod
    def holds(row, bounds, less):
        return all(row[key] <= bound if less else row[key] >= bound for key, bound in bounds.items())

    @property
    def are_good(self):
        return all(row["verdict"] != "missed" for row in self.rows)

    def json(self, facts):
        return json.dumps({**facts, "passed": self.are_good, "results": self.rows}, indent=2, ensure_ascii=False)

    def table(self):
        lines = [("what", "measured", "ratio", "to", "must", "aim", "verdict")]
        for row in self.rows:
            lines.append((
                row["what"], f"{number(row['value'])} {row['unit']}", number(row["ratio"]), row["limit"],
                bound(row, "must"), bound(row, "aim"), VERDICTS[row["verdict"]]))
        widths = [max(len(line[place]) for line in lines) for place in range(7)]
        right = {1, 2}
        lines.insert(1, tuple("-" * width for width in widths))
        return "\n".join(
            "| " + " | ".join(
                text.rjust(width) if place in right else text.ljust(width)
                for place, (text, width) in enumerate(zip(line, widths))) + " |"
            for line in lines)


def bound(row, word):
    sign = "≤" if row["less_is_better"] else "≥"
    names = {"value": lambda bound: f"{number(bound)} {row['unit']}", "ratio": lambda bound: f"ratio {number(bound)}"}
    return ", ".join(f"{sign} {names[key](bound)}" for key, bound in row[word].items())


def number(value):
    if value >= 1000:
        return f"{round(value):,}"
    return f"{value:.0f}" if value >= 100 or value == int(value) else f"{value:.1f}" if value >= 10 else f"{value:.2f}"
