#!/usr/bin/env python3
"""What Amazon's own library signs, and notifications signed as Amazon signs them.

`amazon.py sign` prints lines of JSON: requests with the Authorization header that botocore gives them.
`amazon.py notifications` prints lines of JSON: envelopes with the certificate they were signed for.
"""

import sys

# Beside this file stands an email.py, which is not the one that botocore wants.
sys.path.pop(0)

import base64
import datetime
import json
import random
from unittest import mock

import botocore.auth
import botocore.awsrequest
import botocore.compat
import botocore.credentials
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID


def signatures():
    generator = random.Random(4)
    for number in range(40):
        token = None if number % 3 else "token/%d+=" % number
        credentials = botocore.credentials.Credentials("AKID%d" % number, "secret/%d" % generator.getrandbits(60), token)
        body = bytes(generator.randrange(32, 127) for _ in range(generator.randrange(0, 300)))
        query = generator.choice(["", "a=1", "b=2&a=1", "x=%20y&X=1", "flag&a=b"])
        path = generator.choice(["/", "/v2/email/outbound-emails", "/a/b/"])
        host = generator.choice(["sns.eu-west-1.amazonaws.com", "127.0.0.1:5000"])
        region, service = generator.choice([("eu-west-1", "sns"), ("ap-southeast-1", "ses")])
        url = "https://%s%s%s" % (host, path, "?" + query if query else "")
        kind = generator.choice([None, "application/json", "application/x-www-form-urlencoded; charset=utf-8"])
        request = botocore.awsrequest.AWSRequest(method="POST", url=url, data=body, headers={"Content-Type": kind} if kind else {})
        now = datetime.datetime(2026, 1, 1) + datetime.timedelta(seconds=generator.randrange(0, 10**8))
        with mock.patch("botocore.auth.get_current_datetime", lambda *_, **__: now):
            botocore.auth.SigV4Auth(credentials, service, region).add_auth(request)
        yield {
            "key": credentials.access_key, "secret": credentials.secret_key, "token": token, "region": region,
            "service": service, "host": host, "path": path, "query": query, "type": kind, "body": body.decode(),
            "seconds": int(now.replace(tzinfo=datetime.timezone.utc).timestamp()),
            "stamp": request.headers["X-Amz-Date"], "authorization": request.headers["Authorization"],
        }


def certificate(key):
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    start = datetime.datetime(2020, 1, 1)
    return x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1) \
        .not_valid_before(start).not_valid_after(start + datetime.timedelta(days=9999)).sign(key, hashes.SHA256()) \
        .public_bytes(serialization.Encoding.PEM).decode()


def notifications():
    key = rsa.generate_private_key(65537, 2048)
    pem = certificate(key)
    other = certificate(rsa.generate_private_key(65537, 2048))
    reply = {"originationNumber": "+6591234567", "destinationNumber": "+6580000000", "messageKeyword": "KEYWORD_1",
             "messageBody": "STOP", "inboundMessageId": "i1", "previousPublishedMessageId": "p1"}
    for kind in ["Notification", "SubscriptionConfirmation", "UnsubscribeConfirmation"]:
        for version, digest in [("1", hashes.SHA1()), ("2", hashes.SHA256())]:
            for subject in [None, "A subject"]:
                message = {
                    "Type": kind, "MessageId": "m1", "TopicArn": "arn:aws:sns:eu-west-1:123456789012:herald",
                    "Message": json.dumps(reply), "Timestamp": "2026-03-01T09:05:00.250Z",
                    "SignatureVersion": version,
                    "SigningCertURL": "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-1.pem",
                }
                if kind == "Notification":
                    names = ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"]
                    if subject:
                        message["Subject"] = subject
                else:
                    names = ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"]
                    message["SubscribeURL"] = "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription"
                    message["Token"] = "2336412f"
                text = "".join("%s\n%s\n" % (name, message[name]) for name in names if name in message)
                message["Signature"] = base64.b64encode(key.sign(text.encode(), padding.PKCS1v15(), digest)).decode()
                yield {"body": json.dumps(message), "certificate": pem, "other": other}


def main(command):
    for line in signatures() if command == "sign" else notifications():
        print(json.dumps(line))


if __name__ == "__main__":
    main(*sys.argv[1:])
