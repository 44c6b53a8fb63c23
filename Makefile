# The commands of the project: each does its own set-up. `make` alone lists them.
# ARGS is passed on: make test ARGS="-k reading", make demo ARGS="--json".

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/bash

# The runtime's Python where the machine has it and it really runs (a shim may be there without one), else any.
CANDIDATES := python3.13 $(wildcard $(HOME)/.pyenv/versions/3.13*/bin/python3.13) python3
BASE_PYTHON = $(shell for python in $(CANDIDATES); do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
VENV := .venv
BIN := $(VENV)/bin
PYTHON := $(BIN)/python
INSTALLED := $(VENV)/installed
TYPED := shared functions console infra_cdk tools
ENVIRONMENT ?= dev
CONFIG ?=
STACKS ?= --all
API_EXAMPLES ?= 10
ARGS ?=

.PHONY: help demo up test acceptance requirements check fmt openapi synth preflight bootstrap diff deploy destroy sbom bench mutants fuzz soak cost capacity accuracy lock clean

help: ## list the commands
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 20

$(INSTALLED): requirements/dev.txt pyproject.toml
	@test -n "$(BASE_PYTHON)" || { echo "no Python of 3.11 or later: apt-get install python3 python3-venv" >&2; exit 1; }
	rm -rf $(VENV)
	$(BASE_PYTHON) -m venv $(VENV)
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	$(PYTHON) -m tools.local_stack.synthesis >/dev/null
	touch $@

demo: $(INSTALLED) ## the main job from start to end on this machine: upload, read, complete, submit
	$(BIN)/chorus-connector demo $(ARGS)

up: $(INSTALLED) ## keep the local stack running and print its addresses and a token
	$(BIN)/chorus-connector up $(ARGS)

test: $(INSTALLED) ## all tests except the long ones
	$(PYTHON) -m pytest -n 2 --dist loadfile -m "not acceptance" $(ARGS)

acceptance: $(INSTALLED) ## the long tests: the tour, outages, schemathesis, the first day, a fault at every call
	API_EXAMPLES=$(API_EXAMPLES) $(PYTHON) -m pytest -n 2 --dist loadfile -m acceptance $(ARGS)

requirements: $(INSTALLED) ## write docs/requirements.md: which tests show which requirement
	$(PYTHON) -m tools.requirements

check: $(INSTALLED) ## format, lint, types, and known vulnerabilities of our code and of the libraries that ship
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/bandit --quiet --recursive --configfile pyproject.toml $(TYPED)
	$(PYTHON) -m tools.audit requirements/layer.txt
	$(PYTHON) -m tools.audit requirements/console.txt
	$(BIN)/mypy $(TYPED)
	$(BIN)/openapi-spec-validator docs/openapi.json

fmt: $(INSTALLED) ## format the sources and correct what ruff can correct
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

openapi: $(INSTALLED) ## write the API's description and its errors, docs/openapi.json and docs/errors.md, from the code
	$(PYTHON) -m tools.openapi

synth: $(INSTALLED) ## write the CloudFormation templates to cdk.out (ENVIRONMENT=dev|qualification|production|local)
	rm -rf cdk.out
	$(PYTHON) -m infra_cdk.app $(CONTEXT)

# The exact version, because there is no lock file. It must read the assemblies of aws-cdk-lib (a test compares them).
CDK := npx --yes aws-cdk@2.1148.1
CONTEXT = -c environment=$(ENVIRONMENT) $(if $(CONFIG),-c config=$(CONFIG))
# A person confirms every change that the command line shows; a pipeline (CI=true) cannot ask.
APPROVAL := $(if $(CI),never,any-change)

preflight: $(INSTALLED) ## say what this account and this machine lack for a deployment of ENVIRONMENT, and who must do what
	$(BIN)/chorus-connector preflight --environment $(ENVIRONMENT) $(if $(CONFIG),--config $(CONFIG)) $(ARGS)

bootstrap: $(INSTALLED) ## prepare the account and region of ENVIRONMENT for the CDK, once
	$(CDK) bootstrap $(CONTEXT) $(ARGS)

diff: $(INSTALLED) ## show what a deployment of ENVIRONMENT would change in AWS
	$(CDK) diff $(CONTEXT) $(ARGS)

deploy: $(INSTALLED) ## deploy the stacks of ENVIRONMENT, the data first (STACKS: other ones, as for a way back)
	$(CDK) deploy $(STACKS) --require-approval $(APPROVAL) $(CONTEXT) $(ARGS)

destroy: $(INSTALLED) ## end ENVIRONMENT: in dev everything, elsewhere what can be deployed again; asks for its name
	$(BIN)/chorus-connector destroy --environment $(ENVIRONMENT) $(if $(CONFIG),--config $(CONFIG)) $(ARGS)

sbom: $(INSTALLED) ## write what the functions ship, library by library, to build/sbom*.cdx.json (CycloneDX)
	mkdir -p build
	$(BIN)/cyclonedx-py requirements --output-reproducible --output-file build/sbom.cdx.json requirements/layer.txt
	$(BIN)/cyclonedx-py requirements --output-reproducible --output-file build/sbom-console.cdx.json requirements/console.txt

bench: $(INSTALLED) ## measure cold starts, reading, the way of an invoice, AWS calls per invoice
	$(PYTHON) -m tools.bench $(ARGS)

mutants: $(INSTALLED) ## count the small faults in the code that unit tests notice; a stopped run continues
	$(PYTHON) -m tools.mutants $(ARGS)

fuzz: $(INSTALLED) ## open thousands of hostile and damaged PDFs as the functions do; a stopped run continues
	$(PYTHON) -m tools.fuzz $(ARGS)

soak: $(INSTALLED) ## load the local stack and count lost and doubled invoices (there must be none)
	$(PYTHON) -m tools.soak $(ARGS)

cost: $(INSTALLED) ## write docs/cost.md: what it costs on AWS, from measured calls and a price table
	$(PYTHON) -m tools.bench.cost $(ARGS)

capacity: $(INSTALLED) ## whether an installation of a given size holds: make capacity ARGS="--suppliers 10000 --latency 1.5"
	$(PYTHON) -m tools.bench.capacity $(ARGS)

accuracy: $(INSTALLED) ## compare readings with the truth: make accuracy DIR=folder (with pdf/ and truth/)
	$(PYTHON) -m tools.accuracy $(DIR) $(ARGS)

# Needs uv. Indexes come from its own configuration: these files must not name one.
COMPILE := uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-header --no-annotate --quiet
IN_THE_RUNTIME := boto3 botocore s3transfer jmespath python-dateutil urllib3 six

lock: ## pin the requirements again from requirements/*.in
	cd requirements && $(COMPILE) $(addprefix --no-emit-package ,$(IN_THE_RUNTIME)) layer.in -o layer.txt
	cd requirements && $(COMPILE) console.in -o console.txt
	cd requirements && $(COMPILE) dev.in -o dev.txt

clean: ## remove everything that was built here
	rm -rf $(VENV) cdk.out build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
	find . -name '*.egg-info' -type d -prune -exec rm -rf {} +
