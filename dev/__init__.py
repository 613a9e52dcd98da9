"""What the Makefile calls: get Odoo, PostgreSQL and a browser; run, test, show."""
