"""The control process: holds the YAML, tells the app host what should run, and routes visitors."""
