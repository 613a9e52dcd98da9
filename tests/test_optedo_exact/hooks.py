COUNTRIES = ("BE", "NL")


def make_companies(env):
    """A company with its chart of accounts for each country of the product.

    Every class of tests starts from one of them: to load a chart takes longer than most
    tests. What a test does to it is rolled back.
    """
    charts = env["account.chart.template"]
    for code in COUNTRIES:
        country = env["res.country"].search([("code", "=", code)])
        company = env["res.company"].create(
            {
                "name": f"Company of Tests {code}",
                "country_id": country.id,
                "currency_id": country.currency_id.id,
            }
        )
        env["ir.model.data"]._update_xmlids(
            [
                {
                    "xml_id": f"test_optedo_exact.company_{code.lower()}",
                    "record": company,
                    "noupdate": True,
                }
            ]
        )
        chart = charts._guess_chart_template(country)
        charts.try_loading(chart, company=company, install_demo=False)
