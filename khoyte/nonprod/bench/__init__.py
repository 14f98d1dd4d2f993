"""Benchmarks: ours against a floor in one run, alternating, with the answers of both checked.

A figure counts only beside the floor measured in the same minutes on the same machine, so both sides take
turns (A B A B) and the ratio is taken turn by turn. CPU seconds come first: they hardly depend on what else
the machine does. Both sides are counted alike, by the kernel's own books of their processes and of the
database server (`processor`).
"""
