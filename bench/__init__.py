"""The benchmarks: figures, printed; nothing here passes or fails by a time."""
