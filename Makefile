# RxLedger. `make` alone lists the targets. Continuous integration calls these targets and nothing else.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help setup run demo test lint contracts contracts-campaign gas bench system-deps screenshots lock clean
.PHONY: qbft-engine network network-test

VENV := .venv/bin
export PATH := $(CURDIR)/$(VENV):$(CURDIR)/node_modules/.bin:$(PATH)
export PYTHONUNBUFFERED := 1

# Arguments for pytest, which then runs alone, as in: make test PYTEST="-k merkle"
PYTEST ?=

help: ## 列出全部目标 | list all targets
	@printf 'RxLedger: make TARGET\n'
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-18s %s\n", $$1, $$2 }' Makefile

setup: ## 安装全部依赖 (只在需要时) | install everything needed, if it isn't there yet
	@scripts/with_python.sh scripts/set_up.py

run: setup ## 启动本地全套服务并播种示例 | start the embedded stack with seeded examples
	@exec $(VENV)/rxledger run --home .rxledger

demo: setup ## 在全新的链上自动演示全过程 | play the whole story unattended on a fresh chain
	@exec $(VENV)/rxledger demo

test: setup ## 运行全部测试 | run all tests
	@$(VENV)/python scripts/run_tests.py $(PYTEST)

qbft-engine: setup ## 构建测试网络的节点 (需要 Go) | build the node of the QBFT test network (needs Go)
	@$(VENV)/python scripts/build_qbft_engine.py

network: qbft-engine ## 启动本地四验证节点的 QBFT 网络 (需要 Go) | start a QBFT network of four validators on this machine (needs Go)
	@exec $(VENV)/python scripts/run_network.py $(if $(FRESH),--fresh)

network-test: setup ## 在真实的 QBFT 网络上运行测试 (需要 Go) | run the tests of a real QBFT network (needs Go)
	@$(VENV)/python scripts/run_network_tests.py $(PYTEST)

lint: setup ## 检查格式, 类型, 分层, 锁文件与合约产物 | check style, types, layers, locks and contract artifacts
	$(VENV)/ruff check .
	$(VENV)/ruff format --check .
	$(VENV)/mypy
	$(VENV)/lint-imports
	$(VENV)/python scripts/check_house.py
	$(VENV)/python scripts/lock.py --check
	$(VENV)/python scripts/compile_contracts.py --check
	$(VENV)/python scripts/analyse_contracts.py

contracts: setup ## 编译合约, 更新产物 | compile the contracts into contracts/artifacts
	$(VENV)/python scripts/compile_contracts.py

contracts-campaign: setup ## 合约的长时间随机测试 (约半小时) | hunt for faults in the contracts at length (about half an hour)
	FOUNDRY_PROFILE=campaign scripts/test_contracts
	$(VENV)/python -m pytest tests/integration/contracts -m "campaign or not campaign"

gas: setup ## 测量各项操作的燃料消耗, 更新 docs/gas.md | measure what the acts cost and write docs/gas.md
	$(VENV)/python scripts/write_gas_report.py

bench: setup ## 运行基准测试 | run the benchmarks
	$(VENV)/rxledger bench anchor
	$(VENV)/rxledger bench dispense
	$(VENV)/rxledger bench verify
	$(VENV)/rxledger bench mirror
	$(VENV)/rxledger bench latency

system-deps: ## 安装只有系统才有的软件包 | install what only the system's packages bring
	@scripts/install_system_deps

screenshots: setup system-deps ## 重新制作 README 中的截图 | make the READMEs' screenshots anew
	$(VENV)/python -m pytest tests/browser --nothing-left-out -q
	$(VENV)/python -m tests.browser.chosen_pictures

lock: setup ## 重新生成锁文件 | resolve the dependencies anew and write the lock files
	$(VENV)/python scripts/lock.py
	npm install --package-lock-only --ignore-scripts

clean: ## 删除安装内容与缓存 (不动链与数据) | remove what set-up made and all caches; chains and records stay
	rm -rf .venv node_modules build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	rm -rf contracts/out contracts/cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
