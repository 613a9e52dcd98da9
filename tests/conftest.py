from tests.figures import FIGURES


def pytest_terminal_summary(terminalreporter):
    """Print the figures that tests noted."""
    if FIGURES:
        terminalreporter.section("figures")
        for figure in FIGURES:
            terminalreporter.write_line(figure)
