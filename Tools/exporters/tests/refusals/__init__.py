"""Models that cannot be exported faithfully, a module for each framework."""
