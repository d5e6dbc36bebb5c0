"""A Herald with a sandbox behind it, gateways that can be started and ended, and the count at the end."""

import socket

from killtest import processes
from killtest.books import verify
from killtest.home import Home
from killtest.sandbox import Sandbox
from killtest.streams import Outcome, port_of, settle

PATIENCE = 300


class Scene:
    def __init__(self, options, folder, evidence=None):
        folder.mkdir()
        folder.chmod(0o755)
        self.folder = folder
        self.home = Home(options.herald, folder)
        self.home.up("--no-worker")
        self.sandbox = Sandbox(options.herald, evidence or folder, "telco")
        self.sandbox.add_to(self.home)
        run = self.home.run
        run("tenant", "add", "plain", "--region", "SG")
        run("source", "add", "checkout", "--tenant", "plain")
        run("route", "add", "--channel", "sms", "--tenant", "plain", "--providers", "telco")
        run("template", "add", "code", "--tenant", "plain", "--channel", "sms", "--text", "Your code is {{ code }}")
        self.key = self.home.json(
            "key", "add", "--source", "checkout", "--tenant", "plain", "--scope",
            "send:otp,send:marketing,priority:critical,messages:read,campaigns:write")["secret_key"]

    def serve(self, listener=None, port=0, env=None, command="serve"):
        """A gateway; on a socket that listens already as systemd would hand it over, or on a port."""
        log = self.home.log(command)
        if listener is None:
            words = self.home.words("serve", "--listen", f"127.0.0.1:{port}")
            process = processes.start(words, log, env or self.home.env)
        else:
            script = 'exec 3<&"$0"; LISTEN_PID=$$ LISTEN_FDS=1 exec "$@"'
            process = processes.start(
                ["/bin/bash", "-c", script, str(listener.fileno()), *self.home.words(command)], log, self.home.env,
                pass_fds=[listener.fileno()])

        process.port = port_of(process, log, PATIENCE, command)
        return process

    def settle(self):
        """Until nothing is under way any more."""
        settle(self.home, PATIENCE)

    def judge(self, accepted):
        """What was accepted is sent once or in doubt, and nothing else is there."""
        faults = []

        def expect(condition, text):
            if not condition:
                faults.append(text)

        outcome = Outcome(self.home, self.sandbox, accepted)
        final, doubted, taken = outcome.final, outcome.doubted, outcome.taken
        ours = set(accepted)
        expect(all(final[message] == 1 for message in ours),
               f"{sum(final[message] != 1 for message in ours)} accepted messages without one final state")
        unsent = [message for message in ours if not taken[message] and message not in doubted]
        expect(not unsent, f"{len(unsent)} messages were accepted and never sent")
        twice = [message for message in ours if taken[message] > 1 and message not in doubted]
        expect(not twice, f"{len(twice)} messages were sent twice in silence")
        self.doubted = len(doubted)
        # A request whose answer was lost may have been accepted all the same; there is none of those where all were answered.
        self.strangers = len(set(taken) - ours)
        return faults + [f"ledger verify: {difference}" for difference in verify(self.home)]

    def end(self):
        self.home.down()


def listening():
    """A socket as systemd holds it: it outlives the processes that take from it."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", 0))
    listener.listen(1024)
    return listener
