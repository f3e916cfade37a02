"""Where instances run: one small protocol, `docker` and `process` behind it."""
