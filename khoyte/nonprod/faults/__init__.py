"""Fault drills: a system of its own, a sender with a ledger of its own, harm done on purpose, one checker.

A drill believes nothing the system says of itself until it agrees with what the sender wrote down: every
acknowledged file is there once, judged, and the day's ledger has the sender's numbers to the unit.
"""
