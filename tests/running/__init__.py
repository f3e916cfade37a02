"""Ways of running the examples that the tests and the benchmarks share."""
