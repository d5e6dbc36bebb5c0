#!/usr/bin/env python3
"""What Amazon's own model of SES v2 (in botocore) says of SendBulkEmail, which moto does not know.

`ses_model.py request BODY`: BODY is JSON in hexadecimal digits; prints the operation's method and path, and what is wrong
with BODY as its input.
`ses_model.py replies`: prints a reply with an entry for each status that the model knows, those statuses, and the names
of the errors.
"""

import sys

# Beside this file stands an email.py, which is not the one that the libraries want.
sys.path.pop(0)

import json

import botocore.session
from botocore.parsers import create_parser
from botocore.validate import ParamValidator

model = botocore.session.get_session().get_service_model("sesv2")
operation = model.operation_model("SendBulkEmail")


def request(body):
    report = ParamValidator().validate(json.loads(body), operation.input_shape)
    return {
        "method": operation.http["method"], "path": operation.http["requestUri"],
        "problems": report.generate_report().split("\n") if report.has_errors() else [],
    }


def replies():
    output = operation.output_shape
    (results, entries), = output.members.items()
    members = entries.member.members
    status, = (name for name, shape in members.items() if shape.enum)
    statuses = members[status].enum
    body = {results: [
        {name: value if name == status else f"{name} {number}" for name in members}
        for number, value in enumerate(statuses)]}
    text = json.dumps(body)
    # As botocore reads it, so that nothing of the above is our own belief.
    parsed = create_parser("rest-json").parse({"status_code": 200, "headers": {}, "body": text.encode()}, output)
    assert parsed[results] == body[results], parsed
    return {"body": text, "statuses": statuses, "errors": [shape.name for shape in operation.error_shapes]}


if __name__ == "__main__":
    print(json.dumps(request(bytes.fromhex(sys.argv[2])) if sys.argv[1] == "request" else replies()))
