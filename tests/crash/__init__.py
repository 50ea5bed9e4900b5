"""Whatever takes part in a refresh is killed at random moments: what is live stays whole."""
