"""Booking an invoice with the button on its form, against creating and posting it."""

INVOICES = 50


def measure(bench) -> dict:
    """The figures by name."""
    bench.export(bench.make(2))  # warm, and the customer is known
    moves, own = bench.measured(bench.make, INVOICES)
    _none, exported = bench.measured(bench.export, moves)
    return {
        "calls_known_customer": exported["calls"] / INVOICES,
        "queries": round(exported["queries"] / INVOICES, 1),
        "cpu_ms": round(1000 * exported["cpu"] / INVOICES, 1),
        "cpu_ratio_to_create_and_post": round(exported["cpu"] / own["cpu"], 3),
        "queries_ratio_to_create_and_post": round(
            exported["queries"] / own["queries"], 3
        ),
    }
