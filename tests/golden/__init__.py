"""Golden outputs of Horgos road port: what the sampler draws, and what the kernel makes of one day."""
