# Every target does its own set-up; only a python3 (3.8 or newer, with pip or venv) must be there.
PYTHON ?= python3
ARGS ?=
VENV := .venv/bin
.DEFAULT_GOAL := help
.PHONY: help demo run test check format bench lock clean

help:  ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo:  ## Try it: an imitation of Constant Contact, the site and its worker; Ctrl-C ends all three
	@$(PYTHON) tools/bootstrap.py run
	@$(VENV)/python -m tools.demo $(ARGS)

run:  ## Run the site and its worker for real, with the settings of the environment (see README)
	@$(PYTHON) tools/bootstrap.py redis
	@$(VENV)/python -m tools.run $(ARGS)

test:  ## Every test, on SQLite and PostgreSQL and in a browser; ARGS="-k word" picks some
	@$(PYTHON) tools/bootstrap.py dev
	@$(VENV)/python -m tools.suite $(ARGS)

check:  ## Style, types, the floors of the house, missing migrations
	@$(PYTHON) tools/bootstrap.py dev
	$(VENV)/ruff check .
	$(VENV)/ruff format --check .
	$(VENV)/mypy ccadmin contacts emulator tools bench
	$(VENV)/lint-imports
	CCADMIN_SECRET_KEY=check $(VENV)/python manage.py makemigrations --check --dry-run

format:  ## Put the code into its house style
	@$(PYTHON) tools/bootstrap.py dev
	$(VENV)/ruff check --fix .
	$(VENV)/ruff format .

bench:  ## Measure, and print the figures with their goals
	@$(PYTHON) tools/bootstrap.py bench
	@$(VENV)/python -m bench $(ARGS)

lock:  ## Resolve pyproject.toml into requirements/ again; ARGS=--upgrade moves to newer versions
	@$(PYTHON) tools/bootstrap.py run
	@$(VENV)/python -m tools.lock $(ARGS)

clean:  ## Remove everything that the set-up and the tests made; data in var/ stays
	rm -rf .venv .tools .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
