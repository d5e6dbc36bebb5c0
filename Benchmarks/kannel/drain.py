#!/usr/bin/env python3
"""How fast Kannel's bearerbox sends over SMPP: messages are put into its queue while the SMSC is away, then the SMSC
double of `Benchmarks/smsc` comes and counts.

    drain.py SMSC_PROGRAM [--messages 20000] [--window 100] [--folder FOLDER_OF_BEARERBOX_AND_SMSBOX]

Prints a line of JSON. Needs Debian's `kannel`, installed or unpacked (`dpkg -x`).
"""

import argparse
import http.client
import json
import os
import socket
import subprocess
import tempfile
import threading
import time
import urllib.parse

from configuration import configuration

LIMIT = 120


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until(condition, what):
    end = time.monotonic() + LIMIT
    while not condition():
        if time.monotonic() > end:
            raise RuntimeError(what)
        time.sleep(0.1)


def answers(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        return True
    except OSError:
        return False


def put(port, messages):
    connection = http.client.HTTPConnection("127.0.0.1", port)
    for index in messages:
        text = f"Dear Person {index % 500}, your plan Family {index % 90 + 10} GB was topped up. Thank you!"
        query = urllib.parse.urlencode({
            "username": "u", "password": "p", "from": "Herald", "to": f"+65{80_000_000 + index}", "text": text})
        connection.request("GET", "/cgi-bin/sendsms?" + query)
        answer = connection.getresponse()
        answer.read()
        if answer.status not in (200, 202):
            raise RuntimeError(f"Kannel answered {answer.status}")


def status(port):
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("GET", "/status.txt?password=bar")
    return connection.getresponse().read().decode()


def drain(options, folder):
    ports = {name: free_port() for name in ("admin", "box", "smsc", "http")}
    path = os.path.join(folder, "kannel.conf")
    with open(path, "w") as file:
        file.write(configuration(folder, ports, {
            "smsc": "smpp", "host": "127.0.0.1", "port": ports["smsc"], "smsc-username": "bench", "smsc-password": "bench",
            "system-type": '""', "transceiver-mode": "true", "max-pending-submits": options.window, "reconnect-delay": 1,
            "source-addr-autodetect": "true",
        }, store="file"))
    programs = []
    try:
        for program, port in (("bearerbox", ports["box"]), ("smsbox", ports["http"])):
            programs.append(subprocess.Popen(
                [os.path.join(options.folder, program), "-v", "4", path], stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL, cwd=folder))
            wait_until(lambda: answers(port), f"{program} does not start")
        threads = [threading.Thread(target=put, args=(ports["http"], range(part, options.messages, 4)))
                   for part in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        wait_until(lambda: f"({options.messages} queued)" in status(ports["admin"]), "the messages are not in the queue")
        smsc = subprocess.Popen(
            [options.smsc, str(ports["smsc"])], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        programs.append(smsc)
        wait_until(lambda: f"sent {options.messages} " in status(ports["admin"]), "the messages were not sent")
        smsc.stdin.close()
        smsc.stdout.readline()
        taken, seconds = smsc.stdout.readline().split()
        return int(taken), float(seconds)
    finally:
        for program in reversed(programs):
            program.terminate()
        for program in programs:
            program.wait(LIMIT)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("smsc")
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--window", type=int, default=100)
    parser.add_argument("--folder", default="/usr/sbin")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        taken, seconds = drain(options, folder)
    print(json.dumps({"messages": taken, "per_second": round(taken / seconds)}))


if __name__ == "__main__":
    main()
