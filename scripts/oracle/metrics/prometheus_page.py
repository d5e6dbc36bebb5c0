"""What prometheus_client reads in a page of metrics on its input: a JSON object for each sample, with its family's kind."""
import json
import sys

from prometheus_client.parser import text_string_to_metric_families

for family in text_string_to_metric_families(sys.stdin.read()):
    for sample in family.samples:
        print(
            json.dumps(
                {
                    "family": family.name,
                    "kind": family.type,
                    "help": family.documentation,
                    "name": sample.name,
                    "labels": sample.labels,
                    "value": str(float(sample.value)),
                }
            )
        )
