"""Inputs to start from: what real peers sent."""

from tests.unit.relay import vectors

CORPUS: dict[str, list[bytes]] = {
    "yamux": [
        vectors.SYN_DEFAULT_WINDOW + vectors.DATA_HEADER_146 + vectors.LOGIN,
        vectors.SYN_SIX_MEBIBYTES + vectors.PING_0 + vectors.PONG_0 + vectors.FIN_3,
        vectors.RST_3 + vectors.ACK + vectors.GO_AWAY_NORMAL,
    ],
    "yamux_application": [
        b"\0\0\0\0" + vectors.SYN_DEFAULT_WINDOW + b"\1\1\0\0" + vectors.ACK,
        b"\6\0\0\0" + vectors.SYN_DEFAULT_WINDOW + b"\3\1\0\0" + vectors.FIN_3,
    ],
    "messages": [
        vectors.LOGIN,
        vectors.LOGIN_RESP,
        vectors.NEW_WORK_CONN + vectors.START_WORK_CONN,
        vectors.PING + vectors.PONG + vectors.REQ_WORK_CONN + vectors.KILL,
        b"p" + len(vectors.CLIENT_CONTROL_JSON).to_bytes(8) + vectors.CLIENT_CONTROL_JSON,
    ],
    "snappy": [vectors.RAW_CHUNK, vectors.COMPRESSED_CHUNK, b"\xfe\5\0\0hello"],
    "payload": [b"".join(vectors.RESPONSE_FRAMES), vectors.COMPRESSED_CHUNK],
    "control": [vectors.CLIENT_CONTROL_IV + vectors.CLIENT_CONTROL],
    "request_head": [
        b"GET /a?b=c HTTP/1.1\r\nHost: demo.test:80\r\nAccept: text/html\r\nCookie: a=b\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n",
        b"PUT http://a/ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTE: trailers\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, x\r\nUpgrade: wss\r\nX: y\r\n\r\n",
        b"GET / HTTP/1.0\r\nHost: [::1]:8\r\nX-Forwarded-For: 6.6.6.6\r\nX_Real_Ip: 6\r\n\r\n",
    ],
    "response_head": [
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 3\r\n\r\n",
        b"HTTP/1.1 206 Some\r\nTransfer-Encoding: chunked\r\nConnection: close, x\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
        b"HTTP/1.0 304 Not Modified\r\nETag: x\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n",
    ],
    "chunks": [
        b"3\r\nabc\r\n10;x=y\r\n0123456789abcdef\r\n0\r\n\r\n",
        b'5;x="\r\n"\r\nabcde\r\n0\r\nX-Real-Ip: 6\r\n\r\n',
    ],
}
"""By target; each gets a first byte that says where it is cut."""


def inputs(target: str) -> list[bytes]:
    return [bytes([cut]) + data for data in CORPUS[target] for cut in (0, 6, 0xFF)]
