"""Times that tests have measured (`record_property("... s", seconds)`) stand in the summary of the run."""

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    measured = [
        (report.nodeid, name, value)
        for report in terminalreporter.getreports("passed")
        if report.when == "call"
        for name, value in report.user_properties
    ]
    if measured:
        terminalreporter.section("measured")
    for test, name, value in measured:
        terminalreporter.line(f"{value} {name} ({test.rsplit('::', 1)[-1].split('@')[0]})")
