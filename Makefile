# Everything is done by the package `dev`; this file only names it.
PYTHON ?= python3
DEV = $(PYTHON) -m dev
# More for the program behind a target, e.g. make test-odoo ARGS="-k export"
ARGS ?=
# make demo ONCE=1 ends after the main job
ONCE ?=
PORT ?= 9700

.DEFAULT_GOAL := help
.PHONY: help test lint fix test-unit test-odoo test-proof test-browser test-queue demo bench pictures \
	odoo shell sandbox postgres clean

help: ## show this list
	@grep -E '^[a-z-]+:.*## ' Makefile | sed -E 's/:.*## /|/' | \
		while IFS='|' read -r name text; do printf '%-14s %s\n' "$$name" "$$text"; done

# In three processes, each with a database of its own; ARGS="-n 0" for one.
test: ## lint and all tests
	@$(DEV) test --lint $(ARGS)

lint: ## ruff, pylint-odoo, the OCA checks
	@$(DEV) lint $(ARGS)

fix: ## let ruff mend and format, then lint
	@$(DEV) lint --fix

test-unit: ## the pure core and the sandbox, without Odoo
	@$(DEV) test --suite unit $(ARGS)

test-odoo: ## the addon inside Odoo; ARGS="-k NAME" or a file
	@$(DEV) test --suite odoo $(ARGS)

test-proof: ## random sequences: each invoice is booked exactly once
	@$(DEV) test --suite proof $(ARGS)

test-browser: ## flows across Odoo and the sandbox in Chromium
	@$(DEV) test --suite browser $(ARGS)

test-queue: ## with OCA's queue_job: its runner in a process of its own
	@$(DEV) test --suite queue $(ARGS)

demo: ## Odoo and the sandbox, the main job done for real; ONCE=1 ends after it
	@$(DEV) demo $(if $(ONCE),--once) $(ARGS)

bench: ## measure
	@$(DEV) bench $(ARGS)

pictures: ## make the README's pictures from the running product
	@$(DEV) pictures $(ARGS)

odoo: ## Odoo on a working database; ARGS="--fresh" makes it anew
	@$(DEV) odoo $(ARGS)

shell: ## Odoo's Python shell on the working database
	@$(DEV) odoo shell $(ARGS)

sandbox: ## the sandbox alone; PORT=9700 ARGS="--minutely 60"
	@$(DEV) sandbox --port $(PORT) $(ARGS)

postgres: ## keep PostgreSQL running, for work outside of make
	@$(DEV) postgres

clean: ## delete the cache
	@$(DEV) clean
