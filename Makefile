# Tongda 通达. `make help` lists the commands; each builds what it needs first.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PY := .venv/bin/python
export RASA_TELEMETRY_ENABLED := false
# Compiled modules are kept, whatever the machine's habit: without them every process compiles its thousand imports anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help run test check train bench evaluate requirements service dev rasa stock service+rasa dev+rasa dev+stock clean

help: ## list the commands
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

run: service+rasa ## build what is missing, train, and start everything on loopback
	@exec $(PY) -m app run

train: service+rasa ## train the dialogue model and the knowledge index, where their inputs have changed
	@$(PY) -m app train

test: dev+rasa ## run the whole test suite
	@$(PY) -m app train
	@$(PY) -m pytest -n 2 --dist loadgroup --durations 20 --durations-min 3 $(ARGS)

check: dev+rasa ## lint, types, import rules, YAML and Rasa data
	@$(PY) -m app check

bench: dev+stock ## measure against stock Rasa and write docs/benchmarks.md
	@$(PY) -m app train
	@$(PY) -m benchmarks.dialogue

evaluate: dev+rasa ## measure retrieval on questions kept out of training and of the index
	@$(PY) -m app train
	@$(PY) -m app evaluate retrieval

requirements: ## compile the pinned requirement files (UPGRADE=--upgrade for newer releases)
	@deploy/compile_requirements.sh $(UPGRADE)

service dev rasa stock:
	@deploy/bootstrap.sh $@

service+rasa dev+rasa dev+stock: # two environments side by side
	@$(MAKE) --no-print-directory --jobs 2 $(subst +, ,$@)

clean: ## remove environments, models and databases
	rm -rf .venv .venv-rasa .tools var
