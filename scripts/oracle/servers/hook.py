#!/usr/bin/env python3
"""An endpoint that keeps what is posted to it: prints its port; answers each line of input with the bodies and an empty line."""

import http.server
import sys
import threading

bodies = []


class Hook(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        bodies.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.send_response(204)
        self.end_headers()

    def log_message(self, *words):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hook)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(server.server_port, flush=True)
for _ in sys.stdin:
    for body in bodies:
        print(body)
    print(flush=True)
