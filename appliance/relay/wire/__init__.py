"""The frp wire protocol without I/O: bytes in, events out.

Nothing here opens a socket, starts a task or reads a clock. The caller feeds what it received, acts
on the events, and writes what the objects collected.
"""
