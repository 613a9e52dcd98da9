"""An export of many, against creating and posting as many."""

INVOICES = 200


def measure(bench) -> dict:
    """The figures by name."""
    bench.export(bench.make(2))  # warm, and the customer is known
    many, own = bench.measured(bench.make, INVOICES)
    run, queued = bench.measured(bench.queue, many)
    _none, bulk = bench.measured(bench.run_job)
    bench.env.invalidate_all()
    assert (run.state, run.done) == ("done", INVOICES), (run.state, run.issue_message)
    return {
        "calls_per_invoice": bulk["calls"] / INVOICES,
        "queries": round(bulk["queries"] / INVOICES, 1),
        "cpu_ms": round(1000 * bulk["cpu"] / INVOICES, 1),
        "cpu_ratio_to_create_and_post": round(bulk["cpu"] / own["cpu"], 3),
        "queries_ratio_to_create_and_post": round(bulk["queries"] / own["queries"], 3),
        f"queries_to_queue_{INVOICES}": queued["queries"],
    }
