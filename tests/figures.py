"""Figures that tests measure, printed at the end of the run."""

FIGURES = []


def note(figure: str) -> None:
    """Have the run print a sentence with a figure before its summary."""
    FIGURES.append(figure)
