"""A look for payments when nothing changed in Exact."""


def measure(bench) -> dict:
    """The figures by name."""

    def check():
        bench.administration.action_check_payments()
        bench.env.cr.commit()

    bench.export(bench.make(2))
    check()
    _none, idle = bench.measured(check)
    return {
        "calls_nothing_changed": idle["calls"],
        "queries_nothing_changed": idle["queries"],
    }
