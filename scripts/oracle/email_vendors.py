#!/usr/bin/env python3
"""What the email vendors' own libraries send and verify.

`email_vendors.py requests` prints lines of JSON: the requests that the libraries of SendGrid, Brevo and Amazon make of
the messages below.
`email_vendors.py form REQUEST` prints a line of JSON for each part of a form; REQUEST is one in hexadecimal digits.
`email_vendors.py events` prints a line of JSON for each callback signed as SendGrid signs: with SendGrid's own verdict.
"""

import sys

# Beside this file stands an email.py, which is not the one that the libraries want.
sys.path.pop(0)

import base64
import http.server
import json
import threading

PEOPLE = [
    {"id": 1000, "to": "ann@example.com", "subject": "For Ann", "text": "Hello Ann & co", "html": "<p>Hello \"Ann\"</p>"},
    {"id": 1001, "to": "ben@example.com", "subject": "Für Ben 😀", "text": "Hello Ben\n-- \nAcme", "html": "<p>Grüße</p>"},
]
SENDER = {"email": "news@acme.example", "name": "Acme"}
REPLY_TO = "help@acme.example"
FILE = {"name": "Rechnung \"März\".pdf", "type": "application/pdf", "bytes": b"%PDF-1.4\x00\xff"}
CONTENT = base64.b64encode(FILE["bytes"]).decode()


def unsubscribe(person):
    return {
        "List-Unsubscribe": "<https://acme.example/u/%d>" % person["id"],
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


class Capture:
    """A web server that keeps the last request."""

    def __init__(self):
        capture = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                capture.request = {
                    "path": self.path, "headers": {k.lower(): v for k, v in self.headers.items()},
                    "body": json.loads(body),
                }
                self.send_response(202)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *_):
                pass

        self.server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
        self.url = "http://127.0.0.1:%d" % self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


def sendgrid(url):
    from sendgrid import SendGridAPIClient
    from sendgrid.helpers import mail as m

    mail = m.Mail()
    mail.from_email = m.From(SENDER["email"], SENDER["name"])
    mail.reply_to = m.ReplyTo(REPLY_TO)
    for person in PEOPLE:
        one = m.Personalization()
        one.add_to(m.To(person["to"]))
        one.subject = person["subject"]
        for name, value in unsubscribe(person).items():
            one.add_header(m.Header(name, value))
        one.add_custom_arg(m.CustomArg("herald_id", str(person["id"])))
        one.add_substitution(m.Substitution("-herald_text-", person["text"]))
        one.add_substitution(m.Substitution("-herald_html-", person["html"]))
        mail.add_personalization(one)
    mail.add_content(m.Content("text/plain", "-herald_text-"))
    mail.add_content(m.Content("text/html", "-herald_html-"))
    mail.add_attachment(m.Attachment(
        m.FileContent(CONTENT), m.FileName(FILE["name"]), m.FileType(FILE["type"]), m.Disposition("attachment")))
    tracking = m.TrackingSettings()
    tracking.click_tracking = m.ClickTracking(False, False)
    tracking.open_tracking = m.OpenTracking(False)
    tracking.subscription_tracking = m.SubscriptionTracking(False)
    mail.tracking_settings = tracking
    SendGridAPIClient("SG.key", host=url).send(mail)


def brevo(url, people):
    from brevo import Brevo

    def message(person):
        return {
            "to": [{"email": person["to"]}], "subject": person["subject"], "html_content": person["html"],
            "text_content": person["text"],
            "headers": {"X-Mailin-custom": "herald_id:%d" % person["id"], **unsubscribe(person)},
        }

    client = Brevo(api_key="xkeysib-1", base_url=url)
    shared = {"sender": SENDER, "reply_to": {"email": REPLY_TO},
              "attachment": [{"content": CONTENT, "name": FILE["name"]}]}
    if len(people) == 1:
        client.transactional_emails.send_transac_email(**shared, **message(people[0]))
    else:
        client.transactional_emails.send_transac_email(
            **shared, subject="-", html_content="<p></p>", text_content="-", headers={},
            message_versions=[message(person) for person in people])


def ses(url, people):
    import boto3

    client = boto3.client(
        "sesv2", region_name="eu-west-1", endpoint_url=url, aws_access_key_id="AKID", aws_secret_access_key="secret")

    def headers(person):
        return [{"Name": name, "Value": value} for name, value in unsubscribe(person).items()]

    def tags(person):
        return [{"Name": "herald_id", "Value": str(person["id"])}]

    def text(value):
        return {"Data": value, "Charset": "UTF-8"}

    files = [{
        "RawContent": FILE["bytes"], "FileName": FILE["name"], "ContentType": FILE["type"],
        "ContentDisposition": "ATTACHMENT", "ContentTransferEncoding": "BASE64"}]
    shared = {"FromEmailAddress": '"Acme" <news@acme.example>', "ReplyToAddresses": [REPLY_TO], "ConfigurationSetName": "set"}
    if len(people) == 1:
        person = people[0]
        client.send_email(
            **shared, Destination={"ToAddresses": [person["to"]]}, EmailTags=tags(person),
            Content={"Simple": {
                "Subject": text(person["subject"]), "Headers": headers(person), "Attachments": files,
                "Body": {"Text": text(person["text"]), "Html": text(person["html"])}}})
    else:
        client.send_bulk_email(
            **shared,
            DefaultContent={"Template": {
                "TemplateContent": {"Subject": "{{s}}", "Text": "{{t}}", "Html": "{{h}}"}, "TemplateData": "{}",
                "Attachments": files}},
            BulkEmailEntries=[{
                "Destination": {"ToAddresses": [person["to"]]}, "ReplacementTags": tags(person),
                "ReplacementHeaders": headers(person),
                "ReplacementEmailContent": {"ReplacementTemplate": {"ReplacementTemplateData": json.dumps(
                    {"s": person["subject"], "t": person["text"], "h": person["html"]}, separators=(",", ":"),
                    ensure_ascii=False)}},
            } for person in people])


def requests():
    capture = Capture()
    for name, send in [
        ("sendgrid", lambda: sendgrid(capture.url)),
        ("brevo", lambda: brevo(capture.url, PEOPLE)),
        ("brevo one", lambda: brevo(capture.url, PEOPLE[:1])),
        ("ses", lambda: ses(capture.url, PEOPLE)),
        ("ses one", lambda: ses(capture.url, PEOPLE[:1])),
    ]:
        send()
        yield {"name": name, "people": PEOPLE, "file": {"name": FILE["name"], "content": CONTENT}, **capture.request}
    capture.server.shutdown()


def events():
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from sendgrid.helpers.eventwebhook import EventWebhook

    key = ec.generate_private_key(ec.SECP256R1())
    public = base64.b64encode(key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)).decode()
    webhook = EventWebhook(public)
    # https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event
    body = json.dumps([{
        "email": "ann@example.com", "timestamp": 1700000000, "smtp-id": "<14c5d75ce93.dfd.64b469@ismtpd-555>",
        "event": "bounce", "category": ["cat facts"], "sg_event_id": "6g4ZI7SA-xmRDv57GoPIPw==",
        "sg_message_id": "14c5d75ce93.dfd.64b469.filter0001.16648.5515E0B88.0", "type": "bounce",
        "reason": "500 unknown recipient", "status": "5.0.0", "bounce_classification": "Invalid Address",
        "herald_id": "1000",
    }]) + "\r\n"
    time = "1700000000"
    signature = base64.b64encode(key.sign((time + body).encode(), ec.ECDSA(hashes.SHA256()))).decode()
    other = base64.b64encode(key.sign(b"something else", ec.ECDSA(hashes.SHA256()))).decode()
    for b, s, t in [(body, signature, time), (body + " ", signature, time), (body, signature, "1700000001"), (body, other, time)]:
        yield {
            "key": public, "body": b, "signature": s, "timestamp": t,
            "genuine": webhook.verify_signature(b, s, t),
        }


def form(request):
    import email.parser
    import email.policy

    lines = bytes.fromhex(request).split(b"\r\n", 1)[1]
    message = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(lines)
    for part in message.iter_parts():
        assert sorted(k.lower() for k in part.keys()) in (["content-disposition"], ["content-disposition", "content-type"])
        yield {
            "name": part.get_param("name", header="content-disposition"),
            "filename": part.get_param("filename", header="content-disposition"), "type": part.get_content_type(),
            "value": part.get_payload(decode=True).decode(),
        }


def main(command, *arguments):
    for line in {"requests": requests, "events": events, "form": form}[command](*arguments):
        print(json.dumps(line))


if __name__ == "__main__":
    main(*sys.argv[1:])
