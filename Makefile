# Two commands: `make demo` shows the whole, `make test` checks everything. Each installs what it needs.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:

ARGS ?=
export RUSTFLAGS ?= -C target-cpu=native
ifeq ($(CI),true)
# A cache outside the checkout; native code of one processor must not run on another, so it is part of the name.
export CARGO_TARGET_DIR ?= $(HOME)/.cache/vorlage/target-$(shell grep -m1 '^flags' /proc/cpuinfo | sha256sum | cut -c1-12)
endif

.PHONY: demo test crash fuzz check-all lint unit docs help

help:
	@echo 'make demo              an office with sample post, at http://127.0.0.1:8420/'
	@echo 'make demo ARGS=--once  the same, without waiting for a person'
	@echo 'make test              every check'
	@echo 'make crash             the long version of the crash tests'
	@echo 'make fuzz SECONDS=600  look for bytes that break a reader, so long for each'

demo:
	@scripts/setup demo
	cargo build --release --locked
	@"$${CARGO_TARGET_DIR:-target}/release/vorlage" demo $(ARGS)

test:
	@scripts/setup test
	scripts/test

fuzz:
	@scripts/setup test
	scripts/fuzz $(or $(SECONDS),600)

crash:
	@scripts/setup test
	VORLAGE_CRASH=long cargo nextest run --locked --profile crash --success-output immediate -E 'test(/^crash::/)'
