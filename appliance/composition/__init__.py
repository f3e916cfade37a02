"""The control process put together: this alone knows what it does and what its pages show."""
