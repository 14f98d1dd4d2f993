"""Stand-ins for parties outside, for development and tests: they answer as the real ones would, faults
included."""
