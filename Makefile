# `make reproduce` and `make test` need python3 (3.11 or later), make and g++; the rest they install.
PYTHON ?= python3
export PATH := $(CURDIR)/.venv/bin:$(PATH)

.PHONY: install reproduce paper test test-all test-slurm test-kill test-fuzz docs lint clean

install: .venv/run
	@echo "source .venv/bin/activate; then, for a table of yours: symbolnet run TABLE.csv --label COLUMN"

reproduce: .venv/run
	snakemake
	@echo "The page: results/default/report/index.html   Every figure: results/default/summary.json"

# The paper's three data sets, and its figures beside ours. PAPER='jets' runs one of them, and
# PAPER='--config data_dir=FOLDER' is handed on, too (config/paper.yaml).
paper: .venv/run
	snakemake --configfile config/paper.yaml $(PAPER)
	@echo "The page: results/paper/report/index.html"
	@echo "Check it: symbolnet verify results/paper --against paper"

# All that takes seconds; `make test-all` runs whole workflows, kills and every case of the rest, too.
test: .venv/dev
	pytest -n 2 --dist loadfile --no-loadscope-reorder -m "not (slow or slurm or kill or fuzz)"

# The slowest are told at the end.
test-all: .venv/dev
	pytest -n 2 --dist loadfile --no-loadscope-reorder --durations=30 --durations-min=15

# As root, with Debian's Slurm: apt-get install -y slurm-wlm munge
test-slurm: .venv/dev
	pytest -m slurm tests/slurm $(SLURM_TESTS)

# KILLS=20 kills the smoke run at 20 random moments instead of 3.
test-kill: .venv/dev
	pytest -s -m kill tests/kill

# TABLES=50 FIRST=1000 takes other random tables than the first 300.
test-fuzz: .venv/dev
	pytest -n 2 -m fuzz tests/test_fuzz_tables.py

# The tutorial is executed the first time, which takes a minute.
docs: .venv/dev
	NO_MKDOCS_2_WARNING=1 mkdocs build --strict
	@echo "The site: site/index.html"

lint: .venv/dev
	ruff check . && ruff format --check .
	snakefmt --check Snakefile workflow
	python .ci/lint_workflow.py
	mypy

.venv/run: pyproject.toml constraints.txt
	test -x .venv/bin/python || $(PYTHON) -m venv .venv
	.venv/bin/pip install --quiet -c constraints.txt -e '.[all]'
	touch $@

.venv/dev: pyproject.toml constraints.txt
	test -x .venv/bin/python || $(PYTHON) -m venv .venv
	.venv/bin/pip install --quiet -c constraints.txt -e '.[dev]'
	touch .venv/run $@

clean:
	rm -rf .venv .snakemake .cache site
