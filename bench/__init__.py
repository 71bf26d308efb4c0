"""Benchmarks that anyone can run: `make bench`. Ratios measured side by side in one run, never compared with a bar."""
