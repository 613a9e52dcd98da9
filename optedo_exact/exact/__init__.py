"""The pure core: Exact's protocol and the decisions of the link. Imports no Odoo."""
