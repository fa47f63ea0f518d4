# The commands of this project; “make help” lists them.

SWIFT ?= swift
BUILD_FLAGS ?= --explicit-target-dependency-import-check error
BIN = $(shell $(SWIFT) build --show-bin-path)

.DEFAULT_GOAL := help
.PHONY: help setup build test format format-check tidy ci up config-docs

help: ## List the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Install missing packages and check the Swift toolchain
	@./deploy/setup

build: ## Build everything; a warning is an error
	$(SWIFT) build --build-tests $(BUILD_FLAGS)

test: build ## Run all tests with a throw-away PostgreSQL and Redis
	"$(BIN)/ordersctl" with-servers --fresh --fast -- $(SWIFT) test --skip-build $(BUILD_FLAGS)

up: build ## Run everything on this machine until Ctrl-C
	"$(BIN)/ordersctl" up --orchestrators 2

format: ## Format the sources in place
	$(SWIFT) format --in-place --recursive --parallel Package.swift Sources Tests

format-check: ## Check the format
	$(SWIFT) format lint --strict --recursive --parallel Package.swift Sources Tests

tidy: ## Check the house rules that the compiler cannot see
	@./deploy/tidy

config-docs: build ## Write docs/configuration.md from the settings in the code
	@mkdir -p docs
	"$(BIN)/ordersctl" config docs > docs/configuration.md

ci: format-check tidy build test ## Run exactly what continuous integration runs
