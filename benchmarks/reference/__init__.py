"""What the benchmarks are compared with: the same work, written straightforwardly."""
