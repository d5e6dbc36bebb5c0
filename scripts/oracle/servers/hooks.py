"""Receives webhooks as a customer would. Prints its port, serves until its input ends, answers each line of it:

  list                  what came, as JSON, one a line, in the order of its coming
  verify PATH SECRET    of each that came there: its id, and whether `standardwebhooks` takes it under the secret
  answer PATH STATUS    what is answered there from now on (200 otherwise); `hang` answers nothing until something else is said
"""
import http.server
import json
import sys
import threading

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

lock = threading.Condition()
received = []
answers = {}
under_way = {}


class Receiver(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        with lock:
            under_way[self.path] = under_way.get(self.path, 0) + 1
            received.append({"path": self.path, "headers": {k.lower(): v for k, v in self.headers.items()},
                             "body": body.decode(), "beside": under_way[self.path]})
            lock.wait_for(lambda: answers.get(self.path) != "hang" or answers.get("stop"))
            under_way[self.path] -= 1
            status = int(answers.get(self.path, 200))
        reply = b"x" * (4 << 20) if self.path == "/big" else b""
        self.send_response(status)
        if 300 <= status < 400:
            self.send_header("Location", f"http://127.0.0.1:{self.server.server_address[1]}/redirected")
        self.send_header("Content-Length", str(len(reply)))
        self.end_headers()
        try:
            self.wfile.write(reply)
        except OSError:
            self.close_connection = True

    do_GET = do_POST

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 128

    def handle_error(self, *_):
        pass


def respond(words):
    with lock:
        if words[0] == "list":
            return [json.dumps(one) for one in received]
        if words[0] == "answer":
            answers[words[1]] = words[2]
            lock.notify_all()
            return []
        checked = []
        for one in received:
            if one["path"] == words[1]:
                try:
                    Webhook(words[2]).verify(one["body"], one["headers"])
                    checked.append(one["headers"]["webhook-id"] + " fine")
                except WebhookVerificationError as error:
                    checked.append(one["headers"]["webhook-id"] + f" {error}")
        return checked


def main():
    server = Server(("127.0.0.1", 0), Receiver)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_address[1], flush=True)
    for line in sys.stdin:
        for answer in respond(line.split()):
            print(answer)
        print(flush=True)


main()
