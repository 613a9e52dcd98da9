"""Run inside `odoo shell` with base installed: two companies, with demo data.

`env` is Odoo's. The main company is Belgian, a second one Dutch; both have their
country's chart of accounts and the demo invoices that come with accounting.
"""

COMPANIES = (
    {
        "name": "Optedo Demo België",
        "country": "base.be",
        "vat": "BE0477472701",
        "street": "Kortrijksesteenweg 100",
        "zip": "9000",
        "city": "Gent",
        "chart": "be_comp",
    },
    {
        "name": "Optedo Demo Nederland",
        "country": "base.nl",
        "vat": "NL123456782B90",
        "street": "Keizersgracht 200",
        "zip": "1016 DX",
        "city": "Amsterdam",
        "chart": "nl",
    },
)


def company_values(env, company):
    """The fields of a company that are known before accounting is installed."""
    return {
        "name": company["name"],
        "country_id": env.ref(company["country"]).id,
        "street": company["street"],
        "street2": False,
        "zip": company["zip"],
        "city": company["city"],
        "state_id": False,
        "currency_id": env.ref("base.EUR").id,
    }


def install(env, *names):
    """Install modules, with the demo data of those whose `demo` flag allows it."""
    env["ir.module.module"].search([("name", "in", names)]).button_immediate_install()
    env.transaction.reset()


def build(env):
    """Make the companies, install accounting, load charts and demo data."""
    env.ref("base.EUR").active = True
    env.ref("base.main_company").write(company_values(env, COMPANIES[0]))
    install(env, "product")
    # From here on without: the demo data of l10n_be and l10n_nl are two companies
    # more, and those of accounting come with each chart below.
    env.cr.execute("UPDATE ir_module_module SET demo = false")
    install(env, "account", "l10n_be", "l10n_nl")
    env.cr.execute("UPDATE ir_module_module SET demo = true WHERE state = 'installed'")
    main = env.ref("base.main_company")
    second = env["res.company"].create(company_values(env, COMPANIES[1]))
    env.ref("base.user_admin").write(
        {
            "company_ids": [(6, 0, (main | second).ids)],
            "lang": "en_US",
            "tz": "Europe/Brussels",
            "group_ids": [(4, env.ref("account.group_account_manager").id)],
        }
    )
    for company, values in zip(main | second, COMPANIES, strict=True):
        company.vat = values["vat"]
        charts = env["account.chart.template"].with_context(
            allowed_company_ids=company.ids,
            default_company_id=company.id,
            tracking_disable=True,
        )
        # The main company got its country's chart when accounting was installed.
        if company.chart_template != values["chart"]:
            charts.try_loading(values["chart"], company)
        charts._install_demo(company)
    # A demo does not call home.
    env.ref("mail.ir_cron_module_update_notification").active = False
    (main | second).iap_enrich_auto_done = True
    env.cr.commit()


build(env)  # noqa: F821
