"""The registry of shares: who may have which name, for how long; in memory, kept behind."""
