# Each target is a small script in scripts/, so that it can be read and run
# by itself. What a target needs and the machine lacks, its script installs.
.DEFAULT_GOAL := help
.PHONY: help demo build test lint unit widget browser sdk chaos mutants bench clean

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | while IFS="$$(printf '\t')" read -r name what; do printf '  make %-9s %s\n' "$$name" "$$what"; done

demo: ## run the whole product on this machine, nothing else needed
	go run ./cmd/threadline demo

build: ## build the binary into build/
	CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o build/threadline ./cmd/threadline

test: ## run everything; installs what the machine lacks
	@scripts/test.sh

lint: ## check format, vet, import rules, modules, mutants, commit messages
	@scripts/lint.sh

unit: ## run the Go tests with the race detector on both databases
	@scripts/unit.sh

widget: ## check the widget's types and that its built files are fresh
	@scripts/generated.sh

browser: ## play the road in Chromium against the real binary
	@scripts/named.sh Browser ./cmd/...

sdk: ## run Slack's own SDKs against the simulator
	@scripts/named.sh SDK ./slackapp/slacksim/...

chaos: ## play hundreds of chats while everything goes wrong
	@scripts/chaos.sh

mutants: ## break one law at a time and demand that chaos notices
	@scripts/mutants.sh

bench: ## run the benchmarks
	@scripts/with-postgres.sh go test -run '^$$' -bench . -benchmem ./...

clean: ## remove what was built or installed into this directory
	rm -rf build
	find . -name node_modules -type d -prune -exec rm -rf {} +
