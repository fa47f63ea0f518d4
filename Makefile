# The commands of this project; “make help” lists them.

SWIFT ?= swift
BUILD_FLAGS ?= --explicit-target-dependency-import-check error
PROGRAMS = ingest orchestrator console ordersctl chaos
BIN = $(shell $(SWIFT) build --show-bin-path)
RELEASE_BIN = $(shell $(SWIFT) build --configuration release --show-bin-path)

# Where the servers of “make demo” keep their data; each demo begins without those of the one before.
DEMO_DIR = .local/demo

# Where “make dist” puts what is to be deployed.
DIST ?= .build/dist

# Chooses events, arrival orders and faults of “make chaos”.
CHAOS_SEED ?= 1

.DEFAULT_GOAL := help
.PHONY: help setup setup-tests demo test test-web fuzz screenshots bench chaos up build release dist format format-check tidy \
	config-docs config-docs-check ci

help: ## List the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Install missing packages and check the Swift toolchain
	@./deploy/setup

setup-tests: setup ## Install what the tests of the console's pages need
	@./deploy/setup tests

demo: release ## See everything work: build, private servers, a storm of webhooks, the verdict
	@PATH="$(RELEASE_BIN):$$PATH" ORDERS_LOCAL_DIR=$(DEMO_DIR) ordersctl up --empty --orchestrators 2 -- ./deploy/demo

# Test targets that talk to servers; so many at a time that two cores serve them all within their time limits.
SERVER_TESTS = IntegrationTests|OrchestrationTests|ChaosKitTests
SERVER_TESTS_AT_ONCE = 6

# Processes that are killed and clients that dawdle are timed: they get the machine for themselves, one after the other.
# Every parser is fuzzed for FUZZ_SECONDS, beside the other tests of the first line.
test: FUZZ_SECONDS ?= 6
test: build setup-tests ## Run all tests with a throw-away PostgreSQL and Redis
	FUZZ_SECONDS=$(FUZZ_SECONDS) $(SWIFT) test --skip-build $(BUILD_FLAGS) --skip '$(SERVER_TESTS)'
	SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=$(SERVER_TESTS_AT_ONCE) "$(BIN)/ordersctl" with-servers --fresh --fast -- \
		$(SWIFT) test --skip-build $(BUILD_FLAGS) --filter '$(SERVER_TESTS)' --skip ProcessIntegrationTests
	"$(BIN)/ordersctl" with-servers --fresh --fast -- $(SWIFT) test --skip-build $(BUILD_FLAGS) --no-parallel --filter ProcessIntegrationTests
	./Tests/ConsoleWeb/run "$(BIN)"

test-web: build setup-tests ## Test the pages of the console only, in a real browser
	./Tests/ConsoleWeb/run "$(BIN)"

screenshots: build setup-tests ## Take the pictures in docs/screenshots anew
	./Tests/ConsoleWeb/run "$(BIN)" --pictures docs/screenshots

# A parser each, guided by coverage. What breaks one is saved in the corpus of the ordinary tests.
FUZZ_TARGETS ?= json state text shopify courier redaction signatures http resp configuration answers recorded
FUZZ_BUILD = .build/fuzz
fuzz: FUZZ_SECONDS ?= 1800
fuzz: setup ## Fuzz every parser with libFuzzer, half an hour each: FUZZ_SECONDS=…, FUZZ_TARGETS=…
	ORDERS_FUZZ=1 $(SWIFT) build --scratch-path $(FUZZ_BUILD) --product fuzz $(BUILD_FLAGS)
	@for target in $(FUZZ_TARGETS); do \
		echo "Fuzzing $$target for $(FUZZ_SECONDS) s"; \
		mkdir -p $(FUZZ_BUILD)/corpus/$$target; \
		FUZZ_TARGET=$$target $(FUZZ_BUILD)/debug/fuzz -max_total_time=$(FUZZ_SECONDS) -timeout=20 -rss_limit_mb=4096 \
			-print_final_stats=1 -artifact_prefix=Tests/FuzzingTests/Corpus/$$target/ \
			$(FUZZ_BUILD)/corpus/$$target Tests/FuzzingTests/Corpus/$$target || exit 1; \
	done

bench: release setup-tests ## Measure ingest, the orchestrators and the console on this machine
	"$(RELEASE_BIN)/ordersctl" with-servers --fresh -- "$(RELEASE_BIN)/chaos" bench
	./Tests/ConsoleWeb/run "$(RELEASE_BIN)" --times

# Two proofs, one with couriers; less than ten minutes together on two cores.
chaos: release ## Prove that arrival order, duplicates and crashes make no difference
	"$(RELEASE_BIN)/chaos" prove --seed $(CHAOS_SEED) --arrival-orders 1000 --orders 3 --duration 300 --faults 32
	"$(RELEASE_BIN)/chaos" prove --seed $(CHAOS_SEED) --arrival-orders 60 --orders 3 --duration 150 --faults 17 --booking

up: release ## Run everything on this machine until Ctrl-C
	"$(RELEASE_BIN)/ordersctl" up --orchestrators 2

build: setup ## Build everything for development; a warning is an error
	$(SWIFT) build --build-tests $(BUILD_FLAGS)

release: setup ## Build the five programs for real use
	@for program in $(PROGRAMS); do \
		echo "Building $$program; the first build takes some minutes."; \
		$(SWIFT) build --configuration release --product $$program $(BUILD_FLAGS) || exit 1; \
	done

dist: release ## Gather the programs and all they need in one folder to copy, .build/dist
	@./deploy/dist "$(RELEASE_BIN)" "$(DIST)"
	@echo "Copy $(DIST) to the hosts."

format: ## Format the sources in place
	$(SWIFT) format --in-place --recursive --parallel Package.swift Sources Tests

format-check: ## Check the format
	$(SWIFT) format lint --strict --recursive --parallel Package.swift Sources Tests

tidy: ## Check the house rules that the compiler cannot see
	@./deploy/tidy

config-docs: build ## Write docs/configuration.md from the settings in the code
	"$(BIN)/ordersctl" config docs > docs/configuration.md

config-docs-check: build ## Check that docs/configuration.md is what config-docs writes
	@"$(BIN)/ordersctl" config docs | diff -u docs/configuration.md - \
		|| { echo "docs/configuration.md is out of date; run “make config-docs”." >&2; exit 1; }

ci: format-check tidy build config-docs-check test ## Run exactly what continuous integration runs
