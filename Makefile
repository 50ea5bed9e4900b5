PYTHON ?= python3
VENV ?= .venv
SERVE ?= 1
QUICK = not slow and not brokers and not clusters and not wheel and not deep
# of PyTorch, for which there is a build for CPUs
TORCH ?= torch==2.13.0
IN_TWO = -n 2 --dist loadgroup --durations 15
BIN := $(VENV)/bin

.PHONY: demo openapi reference docs test test-postgres test-mariadb test-brokers test-clusters test-slow test-slow-alone test-slow-servers matrix test-wheel test-deep test-oscar test-browser screenshots messages bench lint types contracts security audit clean

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip

# one stamp for each set of packages, so that a second run installs nothing
$(VENV)/installed-%: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --editable '.[$*]'
	@touch $@

$(VENV)/installed-deep: $(VENV)/installed-test
	$(BIN)/python -m pip install --quiet "$(TORCH)"
	$(BIN)/python -m pip install --quiet --editable '.[deep,test]'
	@touch $@

# types of PyTorch are looked up
$(VENV)/installed-dev: $(VENV)/installed-deep

demo: $(VENV)/installed-demo
	$(BIN)/python manage.py migrate --verbosity 0
	$(BIN)/python manage.py load_demo
	$(BIN)/python manage.py clvrec_refresh --unless-live
ifeq ($(SERVE),1)
	$(BIN)/python manage.py runserver 127.0.0.1:8000
endif

# in two processes, of which one has the Spark session
test: $(VENV)/installed-test
	$(BIN)/python -m pytest $(IN_TWO) -m "$(QUICK) and not postgres and not mariadb and not servers" --ignore tests/browser

# the same on the server of CLVREC_TEST_POSTGRES_URL, or on one that pip brought, and what is of servers
test-postgres: $(VENV)/installed-test
	$(BIN)/python -m tests.on_database postgres $(IN_TWO) -m "$(QUICK) and not mariadb" --ignore tests/browser

# all that asks a database, on the server of CLVREC_TEST_MARIADB_URL, or on one of this run from what
# is installed
test-mariadb: $(VENV)/installed-mariadb
	$(BIN)/python -m tests.on_database mariadb $(IN_TWO) -m "$(QUICK) and not postgres and database" --ignore tests/browser

test-brokers: $(VENV)/installed-test
	$(BIN)/python -m pytest -m "brokers and not slow" --ignore tests/browser

test-clusters: $(VENV)/installed-test
	$(BIN)/python -m pytest -m clusters --ignore tests/browser

test-slow: test-slow-alone test-slow-servers

test-slow-alone: $(VENV)/installed-test
	$(BIN)/python -m pytest -m "slow and not postgres and not mariadb and not servers and not clusters" $(WHERE) --ignore tests/browser

test-slow-servers: $(VENV)/installed-test
	$(BIN)/python -m tests.on_database postgres -s -m "slow and (postgres or servers)" --ignore tests/browser

# every pair of Python and Django, and the lowest of everything; each Python has to be on the path
matrix: $(VENV)/installed-dev
	$(BIN)/nox

# builds the distributions, and follows the tutorial with them where there is no checkout
test-wheel: $(VENV)/installed-test
	$(BIN)/python -m pytest -m wheel -s --ignore tests/browser

# what is trained with PyTorch
test-deep: $(VENV)/installed-deep
	$(BIN)/python -m pytest -m deep --ignore tests/browser

# a shop made with Oscar, which has an environment of its own
test-oscar:
	$(MAKE) VENV=.venv-oscar .venv-oscar/installed-oscar-test
	.venv-oscar/bin/python -m pytest --ds tests.integration.oscar.settings --confcutdir tests/integration/oscar tests/integration/oscar

test-browser: $(VENV)/installed-browser
	$(BIN)/python -m pytest tests/browser

screenshots: $(VENV)/installed-browser
	CLVREC_SCREENSHOTS=docs/images $(BIN)/python -m pytest tests/browser

# texts of the code into the catalogues, and those as they are read; needs gettext
messages: $(VENV)/installed-test
	cd django_clvrec && ../$(BIN)/python -m django makemessages -l pt_BR -l zh_Hans --no-location --no-obsolete --no-wrap
	cd django_clvrec && ../$(BIN)/python -m django compilemessages

# the description of the REST API, which a test compares with the code
openapi: $(VENV)/installed-test
	$(BIN)/python manage.py spectacular --settings tests.openapi.settings --urlconf django_clvrec.api.urls --fail-on-warn --validate --file docs/reference/openapi.yaml

# the pages of the reference that are made from the code, which a test compares
reference: $(VENV)/installed-test
	$(BIN)/python -m docs.from_code

docs: $(VENV)/installed-docs
	$(BIN)/sphinx-build -W --keep-going -n -q -E -c docs . build/docs
	$(BIN)/python -m docs.links build/docs

# ratios to references of the same run; see benchmarks/README.md for larger ones
bench: $(VENV)/installed-test
	$(BIN)/python -m benchmarks.refresh --lines 1000000
	$(BIN)/python -m benchmarks.extract --rows 1000000 --few 100000 --many 1000000
	$(BIN)/python -m benchmarks.publish --customers 100000
	$(BIN)/python -m benchmarks.serving
	$(BIN)/python -m benchmarks.events
	$(BIN)/python -m benchmarks.clv
	$(BIN)/python -m benchmarks.quality

lint: $(VENV)/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/installed-dev
	$(BIN)/mypy

contracts: $(VENV)/installed-dev
	$(BIN)/lint-imports

security: $(VENV)/installed-dev
	$(BIN)/bandit --quiet --recursive --severity-level medium --configfile pyproject.toml django_clvrec example_shop

# asks a database of known faults about what is installed; needs the network
audit: $(VENV)/installed-dev
	$(BIN)/pip-audit --local --progress-spinner off

clean:
	rm -rf .venv .venv-oscar .nox build/docs example_shop/demo.sqlite3*
