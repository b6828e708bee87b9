"""Event logs of any port, simulated or real: read, paired, brought to one clock, and studied for release times."""
