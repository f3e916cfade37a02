"""What Prometheus reads: each process counts for itself, `control` hands out all of it."""
