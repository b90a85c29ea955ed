# Every target is a call of a program in tools/; `make help` lists them.
SEEDS ?= 1000
TRIALS ?= 3
MAKEFLAGS += --no-print-directory
.PHONY: help build check test bench sim chaos mutants demo demo-kubernetes fmt clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 16

build: ## the release binary, at build/fairlead
	@tools/setup build
	@python3 tools/build.py release fairlead

check: ## format, tidy, layers, generated files, clang-tidy
	@tools/setup build test
	@tools/check

test: ## everything: checks, unit, sanitizers, fuzz, scripts, simulation
	@tools/test

bench: ## the benchmarks, with what this machine can do
	@tools/setup build bench
	@tools/bench

sim: ## the whole-system simulation, SEEDS=1000 of it
	@tools/setup build
	@python3 tools/build.py release fairlead_sim
	@build/release/fairlead_sim --seeds $(SEEDS)

chaos: ## random faults on a real Kubernetes, SEED=... TRIALS=3 of it (needs root)
	@tools/setup build
	@python3 tools/build.py release fairlead
	@tests/kubernetes/chaos --trials $(TRIALS) $(if $(SEED),--seed $(SEED))

mutants: ## plant each bug of tests/mutants and see that it is caught
	@tools/setup build
	@tools/mutants

demo: ## install, build, run examples/fallback.json and watch it
	@tools/setup build
	@$(MAKE) build
	@tools/demo

demo-kubernetes: ## the same as Pods, on the test cluster (needs root)
	@tools/setup build
	@$(MAKE) build
	@tools/demo-kubernetes

fmt: ## format the C++ sources
	@tools/setup test
	@find src -name '*.h' -o -name '*.cc' | xargs clang-format-19 -i

clean: ## remove the build folder
	@rm -rf build
