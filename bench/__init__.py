"""The benchmarks: every figure with its goal beside it. ``make bench``."""
