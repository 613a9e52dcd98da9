"""Run inside `odoo shell`: build the scripts and styles of the pages used most.

`env` is Odoo's. Every copy of the database then has them: building them takes longer
than the page they are for.
"""

for bundle in ("web.assets_frontend_minimal", "web.assets_frontend_lazy"):
    env["ir.qweb"]._get_asset_bundle(bundle, css=False, js=True).js()  # noqa: F821
env["ir.qweb"]._get_asset_bundle("web.assets_frontend", css=True, js=False).css()  # noqa: F821
backend = env["ir.qweb"]._get_asset_bundle("web.assets_web", css=True, js=True)  # noqa: F821
backend.css()
backend.js()
env.cr.commit()  # noqa: F821
