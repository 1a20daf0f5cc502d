# `make reproduce` and `make test` need python3 (3.11 or later), make and g++; the rest they install.
PYTHON ?= python3
export PATH := $(CURDIR)/.venv/bin:$(PATH)

.PHONY: reproduce test lint clean

reproduce: .venv/run
	snakemake
	@echo "The page: results/default/report/index.html   Every figure: results/default/summary.json"

test: .venv/dev
	pytest -n 2 --dist loadfile

lint: .venv/dev
	ruff check . && ruff format --check .
	snakefmt --check Snakefile workflow
	python .ci/lint_workflow.py
	mypy

.venv/run: pyproject.toml constraints.txt
	test -x .venv/bin/python || $(PYTHON) -m venv .venv
	.venv/bin/pip install --quiet -c constraints.txt -e .
	touch $@

.venv/dev: pyproject.toml constraints.txt
	test -x .venv/bin/python || $(PYTHON) -m venv .venv
	.venv/bin/pip install --quiet -c constraints.txt -e '.[dev]'
	touch .venv/run $@

clean:
	rm -rf .venv .snakemake
