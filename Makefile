# SPDX-License-Identifier: Apache-2.0
# The index of what one can do here. `make` prints it.

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
GO      ?= go
LDFLAGS  = -s -w -X main.version=$(VERSION)

.DEFAULT_GOAL := help
.PHONY: help demo test build web generate test-go test-web test-e2e crash lint bench clean install

help: ## print this
	@awk 'BEGIN {FS = ":.*## "} /^[a-z0-9-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: build ## start the server and a little platform whose messages it follows; open http://127.0.0.1:7070
	bin/hopstamp demo

test: install build test-go test-web test-e2e ## everything that has to be green, as CI runs it

build: web ## bin/hopstamp, with the web UI inside
	$(GO) build -trimpath -ldflags '$(LDFLAGS)' -o bin/hopstamp ./cmd/hopstamp

web: web/dist/index.html ## the web UI alone, into web/dist

web/dist/index.html: web/node_modules/.package-lock.json web/index.html web/vite.config.ts $(shell find web/src web/public -type f 2>/dev/null)
	cd web && npm run build

web/node_modules/.package-lock.json: web/package-lock.json
	cd web && npm ci --no-audit --no-fund

test/node/node_modules/.package-lock.json: test/node/package-lock.json
	cd test/node && npm ci --no-audit --no-fund

generate: ## what is generated: attribute names, OpenAPI document, configuration schema
	$(GO) generate ./wire ./internal/...

install: ## what the tests need beside Go and Node: Chromium and Redis (Debian, apt)
	scripts/install.sh

test-go: ## unit, scenario, metamorphic and fuzz-seed tests of all Go packages but the end-to-end ones
	$(GO) vet ./...
	$(GO) test -p 2 $$($(GO) list ./... | grep -v /test)
	cd bench && $(GO) vet ./... && $(GO) test ./...

test-web: web ## the web UI: types, models, and a few journeys in a real Chromium
	cd web && npm run check && npm run size && npm run e2e

test-e2e: build test/node/node_modules/.package-lock.json ## the built binary: a foreign exporter, known fates, kill -9, the demo
	HOPSTAMP_BIN=$(CURDIR)/bin/hopstamp $(GO) test -count=1 -p 1 ./test/...

ROUNDS ?= 200
SEED   ?= 1

crash: ## kill -9 under load, ROUNDS=200 times from SEED=1 on, against a server that nobody kills (15 minutes)
	$(GO) test -count=1 -timeout 2h -v ./test/crash -run Crashes -args -rounds $(ROUNDS) -seed $(SEED)

lint: ## golangci-lint with the rules and reasons of .golangci.yaml
	$(GO) run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0 run ./...

bench: build ## against an OpenTelemetry Collector on the same bytes; builds that first (minutes)
	HOPSTAMP=$(CURDIR)/bin/hopstamp bench/run.sh

clean: ## what was built; never data
	rm -rf bin web/dist/* web/node_modules test/node/node_modules bench/out
	touch web/dist/.gitkeep
