#!/usr/bin/env python3
"""What Python's csv and openpyxl read in a report: report_files.py TABLE.csv.gz WORKBOOK.xlsx"""

import csv
import gzip
import json
import sys

import openpyxl

with gzip.open(sys.argv[1], "rt", newline="", encoding="utf-8") as file:
    table = list(csv.reader(file, strict=True))
book = openpyxl.load_workbook(sys.argv[2])
cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
print(
    json.dumps(
        {
            "csv": table,
            "sheets": {sheet.title: [list(row) for row in sheet.iter_rows(values_only=True)] for sheet in book},
            "formulas": sum(cell.data_type == "f" for cell in cells),
            "money_format": book["Cost"].cell(row=2, column=table[0].index("amount") + 1).number_format,
        }
    )
)
