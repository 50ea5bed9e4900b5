"""Speed and memory, printed as ratios to something measured in the same run."""
