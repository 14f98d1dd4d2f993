"""Invented submissions in the standard in force, for demonstration, tests and benchmarks."""

from khoyte.nonprod.generator.submissions import GenerateReport, generate_submissions
from khoyte.nonprod.generator.world import DemoUnit, demo_units

__all__ = ["DemoUnit", "GenerateReport", "demo_units", "generate_submissions"]
