#!/usr/bin/env python3
"""Callbacks as vendors sign them, each approved by the vendor's own verifier, as lines of JSON: `callbacks.py VENDOR`.

`callbacks.py jwt TOKEN KEY` prints the claims of a token that the public key (PEM, as hexadecimal digits) verifies.
"""

import sys

# Beside this file stands an email.py, which is not the one that these libraries want.
sys.path.pop(0)

import hashlib
import hmac
import json
import random
import time
from urllib.parse import urlencode

import jwt
from messagebird.request_validator import RequestValidator as MessageBirdValidator
from twilio.request_validator import RequestValidator as TwilioValidator
from vonage_http_client.auth import Auth
from vonage_jwt.verify_jwt import verify_signature

NOW = 1_700_000_000
SECRET = "a-secret-of-more-than-32-characters-for-tests"


def twilio():
    validator = TwilioValidator(SECRET)
    generator = random.Random(1)
    for number in range(30):
        url = generator.choice([
            "https://herald.example/v1/callbacks/t?m=1000", "http://herald.example:8080/cb?m=1000&x=%20y",
            "https://herald.example:8443/cb"])
        fields = {"MessageSid": "SM%d" % number, "MessageStatus": "delivered", "To": "+6591234567"}
        for _ in range(generator.randrange(6)):
            fields["".join(generator.choices("ABCabc_", k=3))] = "".join(generator.choices("é &=+%x", k=generator.randrange(5)))
        # Twilio signs with or without the port.
        signed = url.replace(":8443", "").replace(":8080", "") if number % 2 else url
        signature = validator.compute_signature(signed, fields)
        assert validator.validate(url, fields, signature)
        yield {"url": url, "headers": {"X-Twilio-Signature": signature}, "body": urlencode(fields)}


def vonage():
    for method in ["sha256", "sha1", "md5hash"]:
        fields = {
            "msisdn": "6591234567", "to": "Herald", "network-code": "52501", "messageId": "0C000000217B7F02",
            "price": "0.03330000", "status": "delivered", "scts": "2001011400", "err-code": "0", "api-key": "abcd1234",
            "client-ref": "1000", "message-timestamp": "2020-01-01 12:00:00", "timestamp": str(NOW), "nonce": "a=b&c",
        }
        if method == "md5hash":
            text = "".join("&%s=%s" % (name, fields[name].replace("&", "_").replace("=", "_")) for name in sorted(fields))
            fields["sig"] = hashlib.md5((text + SECRET).encode()).hexdigest()
        else:
            auth = Auth(api_key="abcd1234", signature_secret=SECRET, signature_method=method)
            fields["sig"] = auth.sign_params(dict(fields))
            assert auth.check_signature(dict(fields))
        yield {"method": method, "url": "https://herald.example/cb", "headers": {}, "body": json.dumps(fields)}
        yield {"method": method, "url": "https://herald.example/cb", "headers": {}, "body": urlencode(fields)}
        yield {"method": method, "url": "https://herald.example/cb?" + urlencode(fields), "headers": {}, "body": ""}


def vonage_voice():
    # Vonage's verifier looks at the clock: it approves a token of now, and the same is then made for the test's time.
    for status in ["ringing", "answered", "completed", "busy"]:
        event = {
            "from": "6580000000", "to": "6591234567", "uuid": "aaaaaaaa-bbbb-cccc-dddd-0123456789ab",
            "conversation_uuid": "CON-1", "status": status, "direction": "outbound",
            "timestamp": "2020-01-01T12:00:00.000Z",
        }
        if status == "completed":
            event |= {"price": "0.0450", "rate": "0.09", "duration": "30", "network": "52501"}
        body = json.dumps(event)
        claims = {
            "iat": NOW, "jti": "j1", "iss": "Vonage", "payload_hash": hashlib.sha256(body.encode()).hexdigest(),
            "api_key": "abcd1234", "application_id": "aaaaaaaa-bbbb-cccc-dddd-0123456789ab",
        }
        assert verify_signature(jwt.encode(claims | {"iat": int(time.time())}, SECRET, "HS256"), SECRET)
        token = jwt.encode(claims, SECRET, "HS256")
        yield {"url": "https://herald.example/cb?m=1000", "headers": {"Authorization": "Bearer " + token}, "body": body}


def messagebird():
    validator = MessageBirdValidator(SECRET)
    report = {
        "id": "e8077d803532c0b5937c639b60216938", "reference": "1000", "recipient": "6591234567", "status": "delivered",
        "statusErrorCode": "0", "statusDatetime": "2020-01-01T12:00:00+00:00", "price[amount]": "0.0175",
        "price[currency]": "EUR",
    }
    reply = {"id": "r1", "recipient": "6580000000", "originator": "6591234567", "body": "STOP",
             "createdDatetime": "2020-01-01T12:00:00Z"}
    failed = report | {"status": "delivery_failed", "statusErrorCode": "1"}
    for query, body in [(report, ""), (failed, ""), ({}, json.dumps(reply)), ({}, urlencode(reply))]:
        url = "https://herald.example/cb" + ("?" + urlencode(query) if query else "")

        def token(now):
            claims = {"iss": "MessageBird", "nbf": now, "exp": now + 60, "jti": "j1",
                      "url_hash": hashlib.sha256(url.encode()).hexdigest()}
            if body:
                claims["payload_hash"] = hashlib.sha256(body.encode()).hexdigest()
            return jwt.encode(claims, SECRET, "HS256")

        validator.validate_signature(token(int(time.time())), url, body.encode())
        yield {"url": url, "headers": {"MessageBird-Signature-JWT": token(NOW)}, "body": body}


def whatsapp():
    # No verifier on PyPI is Meta's own: this is the recipe of its documentation.
    def change(value):
        metadata = {"display_phone_number": "6580000000", "phone_number_id": "106540352242922"}
        return {"field": "messages", "value": {"messaging_product": "whatsapp", "metadata": metadata} | value}

    def status(word, **more):
        return {"id": "wamid.1", "status": word, "timestamp": str(NOW), "recipient_id": "6591234567",
                "biz_opaque_callback_data": "1000"} | more

    other = change({"statuses": [status("failed")]})
    other["value"]["metadata"]["phone_number_id"] = "999"
    text = {"from": "6591234567", "id": "wamid.2", "timestamp": str(NOW), "type": "text", "text": {"body": "STOP ☹"}}
    button = {"from": "6591234567", "id": "wamid.3", "timestamp": str(NOW), "type": "button", "button": {"text": "Yes", "payload": "y"}}
    stop = {"wa_id": "6591234567", "detail": "d", "category": "marketing_messages", "value": "stop", "timestamp": NOW}
    for changes in [
        [change({"statuses": [status("sent", pricing={"billable": True, "pricing_model": "PMP", "category": "utility"})]})],
        [change({"statuses": [status("delivered", pricing={"billable": False, "pricing_model": "PMP"}), status("read")]})],
        [change({"statuses": [status("failed", errors=[{"code": 131026, "title": "Message undeliverable"}])]})],
        [change({"statuses": [status("failed", errors=[{"code": 131050, "title": "stopped"}])]})],
        [other, change({"messages": [text, button]}), change({"user_preferences": [stop]})],
    ]:
        body = json.dumps({"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": changes}]})
        signature = hmac.new(SECRET.encode(), body.encode(), "sha256").hexdigest()
        yield {"url": "https://herald.example/cb", "headers": {"X-Hub-Signature-256": "sha256=" + signature}, "body": body}


def main(command, *arguments):
    if command == "jwt":
        token, key = arguments
        print(json.dumps(jwt.decode(token, bytes.fromhex(key), algorithms=["RS256"], options={"verify_exp": False, "verify_iat": False})))
        return
    vendors = {"twilio": twilio, "vonage": vonage, "vonage-voice": vonage_voice, "messagebird": messagebird, "whatsapp": whatsapp}
    for line in vendors[command]():
        print(json.dumps(line))


if __name__ == "__main__":
    main(*sys.argv[1:])
