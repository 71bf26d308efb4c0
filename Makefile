# The doors to the project. `make help` lists them; `make run` and `make test` need nothing but Python 3.11 or newer.

VENV := .venv
PY := $(VENV)/bin/python
REQUIREMENTS := requirements.txt requirements-dev.txt constraints.txt
# Named after the requirements' checksum and written last, so an interrupted or outdated install never passes for a finished one.
STAMP := $(VENV)/.installed-$(shell cat $(REQUIREMENTS) | cksum | cut -d' ' -f1)
# Tested with 3.11 to 3.13, so those come first.
CANDIDATES := $(if $(PYTHON),"$(PYTHON)",python3.13 python3.12 python3.11 python3.14 python3 python)
# ensurepip is what Debian leaves out of Python, to be installed as python3-venv.
SUITABLE := import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))
# A file is never split: its tests share a server and a browser.
PARALLEL ?= -n auto --maxprocesses 4 --dist loadfile
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: run test dialects lint bench clean help venv

run: venv ## start Studio, with an embedded deployment unless LANGGRAPH_URL names yours
	@exec $(PY) -m demo

test: venv ## run every test, or some: make test ARGS="tests/launch -k port"
	@$(PY) -m tests.support.browser
	@$(PY) -m pytest $(PARALLEL) $(ARGS)

# Not a part of `make test`: it installs two servers of others into .dialects, and needs Node.js, npm and PostgreSQL.
dialects: venv ## test with the other servers: LangGraph.js and Aegra (npm and PostgreSQL are needed)
	@$(PY) -m pytest tests/dialects $(ARGS)

lint: venv ## check code, types and templates
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy .
	$(PY) -m djlint --quiet --lint templates

# One environment serves running and testing: the deployment that `make run` embeds is a development dependency anyway.
venv:
	@test -e $(STAMP) && $(PY) -c '' 2>/dev/null && exit 0; \
	for python in $(CANDIDATES); do \
	  "$$python" -c '$(SUITABLE)' 2>/dev/null || continue; \
	  echo "Installing Studio's libraries into $(VENV) (once, about a minute) …"; \
	  rm -rf $(VENV) && "$$python" -m venv $(VENV) \
	    && $(PY) -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt -c constraints.txt \
	    && touch $(STAMP) && exit 0; \
	  echo "The installation failed, see above. Nothing was kept; repeat the command to try again." >&2; \
	  exit 1; \
	done; \
	echo "Studio needs Python 3.11 or newer with its venv module. Install it (Debian: apt install python3 python3-venv)" \
	  "or name it: make run PYTHON=/path/to/python3.11" >&2; \
	exit 1

bench: venv ## measure what Studio adds to what a deployment needs itself
	@$(PY) -m bench

clean: ## remove the environment, the caches and what `make run` wrote (its database and sample threads)
	rm -rf $(VENV) .dialects .studio .mypy_cache .pytest_cache .ruff_cache .hypothesis .static
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

help: ## list what make can do
	@sed -n 's/^\([a-z]*\):.*## /  make \1|/p' $(MAKEFILE_LIST) | column -t -s '|' 2>/dev/null || true
