#!/usr/bin/env python3
"""An SMSC on `smpp.twisted3` for tests: user `u`, password `p`. Prints its port, then a line of JSON for everything it is
given; ends when its standard input does.

What happens to a message is said by the last four digits of its recipient: a digit and three more.

    1SSS  refused with command status SSS (decimal)
    2SSS  refused so at first, then taken
    3000  never answered
    4000  the connection is cut instead of an answer
    5000  taken, and a receipt with the id in another notation
    6000  taken, and the same text comes back from the recipient
    other taken

`--rate N` takes so many messages a second and throttles the rest.
"""

import argparse
import json
import sys
import threading
import time

from smpp.pdu.constants import command_status_value_map
from smpp.pdu.operations import DeliverSM
from smpp.pdu.pdu_types import AddrNpi, AddrTon, CommandStatus, EsmClass, EsmClassMode, EsmClassType, MessageState
from smpp.twisted.config import SMPPServerConfig
from smpp.twisted.protocol import DataHandlerResponse
from smpp.twisted.server import IAuthenticatedSMPP, SMPPServerFactory
from twisted.cred.checkers import InMemoryUsernamePasswordDatabaseDontUse
from twisted.cred.portal import Portal
from twisted.internet import defer, reactor


# The library prints what it reads here and there.
OUTPUT, sys.stdout = sys.stdout, sys.stderr


def say(**what):
    print(json.dumps(what), file=OUTPUT, flush=True)


class Realm:
    def requestAvatar(self, avatar, mind, *interfaces):
        return IAuthenticatedSMPP, avatar, lambda: None


class SMSC:
    def __init__(self, rate):
        self.rate = rate
        self.second, self.taken = 0, 0
        self.last_id = 0xABCD00
        self.seen = set()

    def handle(self, system_id, session, pdu):
        params = pdu.params
        to = params["destination_addr"].decode()
        self.last_id += 1
        number = self.last_id
        say(id=str(number), to=to, source=params["source_addr"].decode(), sourceType=params["source_addr_ton"].name,
            sourcePlan=params["source_addr_npi"].name, destinationType=params["dest_addr_ton"].name,
            udh=bool(params["esm_class"].gsmFeatures), coding=params["data_coding"].schemeData.name,
            text=(params["short_message"] or b"").hex(), payload=(params.get("message_payload") or b"").hex(),
            sar=[params.get("sar_msg_ref_num"), params.get("sar_total_segments"), params.get("sar_segment_seqnum")],
            registered=params["registered_delivery"].receipt.name, validity=str(params["validity_period"]),
            service=(params["service_type"] or b"").decode(), bind=session.bind_type.name)
        if self.rate and not self.within_rate():
            return self.status(0x58)
        what, code = to[-4:-3], to[-3:]
        if what == "1" or what == "2" and to not in self.seen:
            self.seen.add(to)
            return self.status(int(code))
        if what == "3":
            return defer.Deferred()
        if what == "4":
            session.transport.abortConnection()
            return defer.Deferred()
        if what == "5":
            reactor.callLater(0, self.deliver_receipt, system_id, session, pdu, number)
        if what == "6":
            reactor.callLater(0, self.deliver_reply, system_id, session, pdu)
        return DataHandlerResponse(CommandStatus.ESME_ROK, message_id=str(number).encode())

    def within_rate(self):
        second = int(time.monotonic())
        if second != self.second:
            self.second, self.taken = second, 0
        self.taken += 1
        return self.taken <= self.rate

    def status(self, code):
        return DataHandlerResponse(CommandStatus[command_status_value_map[code]["name"]])

    def deliver_receipt(self, system_id, session, pdu, number):
        text = f"id:{number:010X} sub:001 dlvrd:001 submit date:2001020304 done date:200102030506 stat:DELIVRD err:000 text:x"
        self.deliver(system_id, session, DeliverSM(
            source_addr=pdu.params["destination_addr"], destination_addr=pdu.params["source_addr"],
            source_addr_ton=AddrTon.INTERNATIONAL, source_addr_npi=AddrNpi.ISDN,
            esm_class=EsmClass(EsmClassMode.DEFAULT, EsmClassType.SMSC_DELIVERY_RECEIPT), short_message=text.encode(),
            message_state=MessageState.DELIVERED, receipted_message_id=f"{number:X}".encode()))

    def deliver_reply(self, system_id, session, pdu):
        self.deliver(system_id, session, DeliverSM(
            source_addr=pdu.params["destination_addr"], destination_addr=pdu.params["source_addr"],
            source_addr_ton=AddrTon.INTERNATIONAL, source_addr_npi=AddrNpi.ISDN,
            esm_class=EsmClass(EsmClassMode.DEFAULT, EsmClassType.DEFAULT), data_coding=pdu.params["data_coding"],
            short_message=pdu.params["short_message"]))

    def deliver(self, system_id, session, pdu, tries=3000):
        binding = session.factory.getBoundConnections(system_id).getNextBindingForDelivery()
        if binding is None:
            # The receiver may still be on its way.
            if tries:
                reactor.callLater(0.1, self.deliver, system_id, session, pdu, tries - 1)
            return
        answered = binding.sendDataRequest(pdu)
        answered.addCallback(lambda result: say(acknowledged="ESME_ROK", bind=binding.bind_type.name))
        answered.addErrback(lambda failure: self.refused(failure, system_id, session, pdu, tries))

    def refused(self, failure, system_id, session, pdu, tries):
        """What the client could not store is delivered again, as SMSCs do."""
        status = getattr(getattr(failure.value, "response", None), "status", None)
        say(acknowledged=status.name if status else type(failure.value).__name__)
        if status == CommandStatus.ESME_RX_T_APPN and tries:
            reactor.callLater(0.1, self.deliver, system_id, session, pdu, tries - 1)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rate", type=int, default=0)
    parser.add_argument("--port", type=int, default=0)
    options = parser.parse_args()
    smsc = SMSC(options.rate)
    config = SMPPServerConfig(msgHandler=smsc.handle, systems={"u": {"max_bindings": 8}}, enquireLinkTimerSecs=600)
    users = InMemoryUsernamePasswordDatabaseDontUse()
    users.addUser("u", "p")
    factory = SMPPServerFactory(config, Portal(Realm(), [users]))
    port = reactor.listenTCP(options.port, factory, interface="127.0.0.1")
    print(port.getHost().port, file=OUTPUT, flush=True)

    def wait_for_end():
        sys.stdin.read()
        reactor.callFromThread(reactor.stop)

    threading.Thread(target=wait_for_end, daemon=True).start()
    reactor.run()


if __name__ == "__main__":
    main()
