# What to type; the work is in scripts/.

.DEFAULT_GOAL := help
.PHONY: help run test bench

help:
	@echo 'make run     build and serve the sample zone on http://127.0.0.1:8080 (Ctrl-C stops it, the data stay)'
	@echo 'make test    every test, with a PostgreSQL that is started and stopped for them'
	@echo 'make bench   the benchmarks, as tables of ratios'
	@echo
	@echo 'Each installs first what is missing (Debian, Ubuntu) and says so. More for one: make run ARGS="--help"'

run:
	@scripts/run.sh $(ARGS)

test:
	@scripts/test.sh $(ARGS)

bench:
	@scripts/bench.sh $(ARGS)
