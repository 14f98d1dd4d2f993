"""Twins of outside systems: small servers that answer as they do, and fail as they may. Development only."""
