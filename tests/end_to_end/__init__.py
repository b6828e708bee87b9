"""kouan as a planner meets it: on the command line, with every shipped configuration, from a wheel."""
