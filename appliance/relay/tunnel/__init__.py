"""The clients' side of the relay: one port for all of frp's clients, and the ways to their apps."""
