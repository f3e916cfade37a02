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
}
"""By target; each gets a first byte that says where it is cut."""


def inputs(target: str) -> list[bytes]:
    return [bytes([cut]) + data for data in CORPUS[target] for cut in (0, 6, 0xFF)]
