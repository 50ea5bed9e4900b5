"""Whether recommendations are any good: splits in time, metrics, intervals, the choice."""
