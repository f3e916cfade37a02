"""Several processes that serve clients and visitors for one registry.

In the relay's process: count, fleet, member, agreed, ports. In a worker's: worker, asking, replica,
neighbour, counting. Between them: notes over a channel.
"""
