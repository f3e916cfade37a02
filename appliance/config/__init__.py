"""The YAML: schema, loading with file:line errors, secrets, change watching, reference."""
