# make demo   set up, build, train Specs/quickstart.yaml on photographs, run the result on one of them
# make test   set up, check the format, build, run every test
# make test-emulated  the kernels' tests on emulated processors without AVX-512, and without AVX (x86-64 Linux)
# make test-avx512    the kernels' tests for AVX-512 on an emulated processor that has it (Debian's Bochs; more than an hour)
# make kill-test COUNT=200  also resume-test, signal-test, thread-test, damage-test, fault-test, hostile-test, terminal-test:
#                           campaigns against what happens to runs (Tests/Campaigns); most take minutes
# make memory-check  what nnc check predicts against the memory that running, evaluating and training each shipped spec and three more took
# make bench-check  the time and memory of nnc check: shipped specs, 200 specs at once, deep and hostile specs
# make fuzz RUNS=100000  random changes of specs against nnc check, for crashes, hangs and memory (Linux)
# make bench  the speed of each layer of Specs/fakeapp.yaml, as a share of this machine's peak

PHOTO := Specs/data/photos/chelsea.jpg
DEMO := runs/demo
NNC := .build/release/nnc
LIBRARIES := yaml-0.1 libpng libturbojpeg libcrypto
DEBIAN := pkg-config libyaml-dev libpng-dev libturbojpeg0-dev libssl-dev
HOMEBREW := pkg-config libyaml libpng jpeg-turbo openssl
SOURCES := Package.swift Sources Tests

RUNS := 100000
FUZZ := .build/fuzz

CAMPAIGNS := Tests/Campaigns

.PHONY: kill-test resume-test signal-test thread-test damage-test fault-test hostile-test terminal-test memory-check
.PHONY: demo test test-emulated test-avx512 bench bench-check fuzz build setup tools lint

demo: build
	$(NNC) train Specs/quickstart.yaml --run $(DEMO) --fresh
	$(NNC) run Specs/quickstart.yaml --weights $(DEMO)/weights.safetensors \
	  --input $(PHOTO) --output $(DEMO)/photograph.png --degrade --compare
	@echo
	@echo "$(DEMO)/photograph.png          a noisy photograph, and what the network made of it"
	@echo "$(DEMO)/previews/               input | output | target after each epoch"
	@echo "$(DEMO)/weights.safetensors     the trained weights"

test: setup tools lint
	swift build --build-tests
	swift test --skip-build

# check-jsonschema, which a test compares the schema's verdicts with, TensorBoard, which reads the events of a run, and
# html5lib, which reads its report; without Python or PyPI these tests are skipped.
tools:
	@[ -x .build/tools/bin/check-jsonschema ] && [ -x .build/tools/bin/tensorboard ] \
	  && .build/tools/bin/python -c 'import html5lib' 2>/dev/null || { python3 -m venv .build/tools \
	  && .build/tools/bin/pip install --quiet --disable-pip-version-check check-jsonschema tensorboard html5lib; } \
	  || echo "check-jsonschema, tensorboard and html5lib could not be installed: their tests are skipped"

test-emulated: setup
	@command -v qemu-x86_64 >/dev/null || { echo "Please install qemu's user-mode emulation (Debian: qemu-user)"; exit 1; }
	swift build --build-tests
	for cpu in Haswell Nehalem; do \
	  echo "-cpu $$cpu"; \
	  qemu-x86_64 -cpu $$cpu .build/debug/nncPackageTests.xctest --testing-library swift-testing --filter NNKernelsTests || exit 1; \
	done

test-avx512: setup
	swift build --build-tests
	python3 $(CAMPAIGNS)/avx512.py

kill-test: build
	python3 $(CAMPAIGNS)/kill.py --count $(or $(COUNT),200)

resume-test: build
	python3 $(CAMPAIGNS)/resume.py --count $(or $(COUNT),100)

signal-test: build
	python3 $(CAMPAIGNS)/signals.py --count $(or $(COUNT),50)

thread-test: build
	python3 $(CAMPAIGNS)/threads.py

damage-test: setup
	swift build --build-tests
	COUNT=$(or $(COUNT),20000) swift test --skip-build --filter DamageTests

# Needs strace (Debian: strace); skipped without it.
fault-test: build
	python3 $(CAMPAIGNS)/faults.py

# As root also with full and read-only file systems of its own.
hostile-test: build
	python3 $(CAMPAIGNS)/hostile.py --count $(or $(COUNT),500)

# Fails where a prediction is more than 10 % beside.
memory-check: build
	python3 $(CAMPAIGNS)/memory.py --steps $(or $(STEPS),3)

# Pseudo-terminals of several widths.
terminal-test: build
	python3 $(CAMPAIGNS)/terminal.py --steps 200

# Measures on one core and writes the table into the README.
bench: setup
	swift build -c release --product kernel-bench
	taskset -c 0 .build/release/kernel-bench --markdown > .build/bench.md
	awk '/<!-- end of bench -->/ { skip = 0 } !skip { print } \
	  /<!-- bench -->/ { skip = 1; while ((getline line < ".build/bench.md") > 0) print line }' README.md > .build/README.md
	cp .build/README.md README.md

bench-check: build
	swift build -c release --product check-bench
	.build/release/check-bench $(NNC) Specs

# What is found stays in $(FUZZ)/corpus for the next run; an input that fails is written to $(FUZZ)/crash-….
fuzz: setup
	rm -f $(FUZZ)/release.yaml
	swift build --package-path Tests/Fuzz --scratch-path $(FUZZ) -c release -Xswiftc -sanitize=fuzzer,address --product FuzzCheck
	Tests/Fuzz/seeds.sh $(FUZZ)
	mkdir -p $(FUZZ)/corpus
	SWIFT_BACKTRACE=enable=no \
	  ASAN_OPTIONS=detect_leaks=0:quarantine_size_mb=4:malloc_context_size=1:max_malloc_fill_size=0 \
	  $(FUZZ)/release/FuzzCheck -runs=$(RUNS) -entropic=0 -dict=$(FUZZ)/words.dict -artifact_prefix=$(FUZZ)/ -max_len=4096 \
	  -timeout=25 -malloc_limit_mb=256 -rss_limit_mb=1024 -print_final_stats=1 $(FUZZ)/corpus $(FUZZ)/seeds

build: setup
	swift build -c release --product nnc

lint:
	swift format lint --strict --recursive $(SOURCES)

# Installs the system libraries that are missing: with apt-get on Debian and Ubuntu, otherwise by naming them.
setup:
	@if ! pkg-config --exists $(LIBRARIES) 2>/dev/null; then \
	  if [ "$$(uname)" = Darwin ]; then \
	    echo "Please install the libraries that nnc uses: brew install $(HOMEBREW)"; exit 1; \
	  elif command -v apt-get >/dev/null; then \
	    sudo=$$([ "$$(id -u)" = 0 ] || echo sudo); \
	    echo "Installing $(DEBIAN)"; \
	    $$sudo apt-get update -qq && $$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $(DEBIAN); \
	  else \
	    echo "Please install libyaml, libpng, libjpeg-turbo and OpenSSL with their headers, and pkg-config."; exit 1; \
	  fi; \
	fi
