"""What this package raises; bytes from a peer cause nothing but `WireError`."""


class WireError(Exception):
    """The peer sent something the protocol does not allow."""


class MessageError(WireError):
    """A frp message with a bad length, bad JSON or fields of the wrong type."""


class CompressionError(WireError):
    """A broken chunk of the snappy framing format."""


class SessionError(Exception):
    """Our own side asked for what a session cannot do now."""
