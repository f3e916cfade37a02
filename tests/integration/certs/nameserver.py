"""A name server of one zone: every name leads to this machine, TXT records change by RFC 2136."""

import socket
import socketserver
import struct
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.opcode
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset
import dns.tsig
import dns.tsigkeyring
import dns.update

HOST = "ns.example.org."
KEY, SECRET = "appliance.", "c2VjcmV0IG9mIHRoZSB0ZXN0cw=="


class NameServer:
    """Answers by UDP and TCP on one port of loopback."""

    def __init__(self, zone: str) -> None:
        self.zone = dns.name.from_text(zone)
        self.texts: dict[str, set[str]] = defaultdict(set)
        self.aliases: dict[str, str] = {}
        """CNAME records, with final dots."""
        self.updates = 0
        self.lost: set[str] = set()
        """Names that do not exist, with a final dot."""
        self.port = 0

    def answer(self, wire: bytes) -> bytes:
        try:
            message = dns.message.from_wire(wire, keyring=dns.tsigkeyring.from_text({KEY: SECRET}))
        except (dns.tsig.PeerError, dns.tsig.BadSignature, dns.message.UnknownTSIGKey):
            return self._refused(wire)
        response = dns.message.make_response(message)
        if message.opcode() == dns.opcode.UPDATE:
            response.set_rcode(self._update(message))
        else:
            self._look_up(message, response)
        return response.to_wire()

    def _refused(self, wire: bytes) -> bytes:
        """NOTAUTH to the bare question: a signed answer would need the key."""
        return wire[:2] + struct.pack("!H", 0xA800 | dns.rcode.NOTAUTH) + bytes(8)

    def _update(self, message: dns.message.Message) -> dns.rcode.Rcode:
        if not message.had_tsig:
            return dns.rcode.REFUSED
        for rrset in message.update:
            name = rrset.name.derelativize(self.zone).to_text().lower()
            texts = {b"".join(rdata.strings).decode() for rdata in rrset}
            if rrset.deleting == dns.rdataclass.NONE:
                self.texts[name] -= texts
            else:
                self.texts[name] |= texts
                self.updates += 1
        return dns.rcode.NOERROR

    def _look_up(self, message: dns.message.Message, response: dns.message.Message) -> None:
        question = message.question[0]
        name, kind = question.name.to_text().lower(), question.rdtype
        response.flags |= dns.flags.AA
        if name in self.lost:
            response.set_rcode(dns.rcode.NXDOMAIN)
        elif kind == dns.rdatatype.A:
            response.answer.append(dns.rrset.from_text(question.name, 1, "IN", "A", "127.0.0.1"))
        elif kind == dns.rdatatype.TXT:
            self._look_up_texts(name, response)
        elif kind == dns.rdatatype.NS and question.name == self.zone:
            response.answer.append(dns.rrset.from_text(question.name, 1, "IN", "NS", HOST))
        elif kind == dns.rdatatype.SOA and question.name == self.zone:
            soa = f"{HOST} ops.example.org. 1 60 60 60 1"
            response.answer.append(dns.rrset.from_text(question.name, 1, "IN", "SOA", soa))

    def _look_up_texts(self, name: str, response: dns.message.Message) -> None:
        if (alias := self.aliases.get(name)) is not None:
            response.answer.append(dns.rrset.from_text(name, 1, "IN", "CNAME", alias))
        texts = self.texts[alias or name]
        if texts:
            quoted = [f'"{text}"' for text in texts]
            response.answer.append(dns.rrset.from_text(alias or name, 1, "IN", "TXT", *quoted))


@contextmanager
def serving(zone: str) -> Iterator[NameServer]:
    """On threads of its own."""
    names = NameServer(zone)

    class Datagram(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            wire, sender = self.request
            sender.sendto(names.answer(wire), self.client_address)

    class Stream(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            while head := self.request.recv(2, socket.MSG_WAITALL):
                wire = self.request.recv(int.from_bytes(head), socket.MSG_WAITALL)
                told = names.answer(wire)
                self.request.sendall(struct.pack("!H", len(told)) + told)

    stream = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Stream)
    stream.daemon_threads = True
    names.port = stream.server_address[1]
    datagram = socketserver.ThreadingUDPServer(("127.0.0.1", names.port), Datagram)
    servers = (stream, datagram)
    threads = [threading.Thread(target=server.serve_forever, args=(0.05,)) for server in servers]
    for thread in threads:
        thread.start()
    try:
        yield names
    finally:
        for server, thread in zip(servers, threads, strict=True):
            server.shutdown()
            thread.join()
            server.server_close()
