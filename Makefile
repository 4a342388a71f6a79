# Two commands do everything: `make report` and `make test`. Both make .venv first if it is not there.
PYTHON ?= python3
BIN = .venv/bin
# the notebooks' own progress bars, a line every ten seconds
MILL = TQDM_MININTERVAL=10 $(BIN)/papermill --log-output --no-progress-bar
QUICK = reports/runs/quick
FLAGS ?=
# LOCK=requirements.lock installs the versions that are known to work together, and compares checksums of all files
LOCK ?=

.PHONY: install report study pretrained test check_types check_inputs export notebooks gpu docs demo newer lab clean

$(BIN)/.installed: settings.ini pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "salgan needs Python 3.11 or newer: make PYTHON=python3.12")'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --upgrade pip
	$(if $(LOCK),$(BIN)/pip install --quiet --require-hashes --requirement $(LOCK))
	$(BIN)/pip install --quiet $(if $(LOCK),--no-deps --no-build-isolation) --editable '.[dev]'
	touch $@

# everything, into .venv; the other targets do it where it is missing
install: $(BIN)/.installed

# prepare -> train (three rows of the paper) -> evaluate -> figures -> report, on OSIE in miniature
report: $(BIN)/.installed
	mkdir -p $(QUICK)/notebooks
	$(MILL) nbs/prepare.ipynb $(QUICK)/notebooks/prepare.ipynb
	$(MAKE) -j2 train_start train_mse
	$(MAKE) -j2 train_bce train_gan
	$(MILL) nbs/evaluate.ipynb $(QUICK)/notebooks/evaluate.ipynb -p run quick -p bms True
	$(MILL) nbs/figures.ipynb $(QUICK)/notebooks/figures.ipynb -p run quick
	$(MILL) nbs/report.ipynb $(QUICK)/notebooks/report.ipynb -p run quick
	@echo "The report: $(CURDIR)/$(QUICK)/report.html"

# One row of the quick run, on one core; `report` runs two at a time. BCE/4 and GAN/4 go on from the same three epochs.
train_start: ARGUMENTS = -p experiment quick_bce -p run quick_start/bce -p bootstrap_epochs 3
train_mse: ARGUMENTS = -p experiment quick_mse
train_bce: ARGUMENTS = -p experiment quick_bce -p start quick_start/bce
train_gan: ARGUMENTS = -p experiment quick -p start quick_start/bce
train_start train_mse train_bce train_gan: train_%: $(BIN)/.installed
	OMP_NUM_THREADS=1 $(MILL) nbs/train.ipynb $(QUICK)/notebooks/train_$*.ipynb $(ARGUMENTS)

# the replication study (nbs/study/plan.yaml), stage by stage: ROOT holds salicon/ and osie/, MIT1003 is its folder, if there is
# one, WEIGHTS a file of VGG-16, which is downloaded without. The first stage takes eleven hours of two cores, all
# stages some four times as long; a GPU some hours. Stop it and start it at will
ROOT ?= data
WEIGHTS ?= null
study: $(BIN)/.installed
	mkdir -p reports/runs/study/notebooks
	$(MILL) nbs/study.ipynb reports/runs/study/notebooks/study.ipynb -p root $(ROOT) $(if $(MIT1003),-p mit1003 $(MIT1003)) \
	  $(if $(filter-out null,$(WEIGHTS)),-p vgg16 $(WEIGHTS))
	$(MILL) nbs/study_report.ipynb reports/runs/study/notebooks/study_report.ipynb
	@echo "The study's page: $(CURDIR)/reports/index.html"

# the networks in the package: a teacher, and its narrow copies best and fast, trained, scored, written to salgan/weights; two
# hours of a core with AMX, some more of others. ROOT holds osie/ and salicon/
PRETRAINED = reports/runs/pretrained
PRETRAINED_SETS = "-p dataset osie -p root $(ROOT)/osie" \
  $(if $(MIT1003),"-p dataset mit1003 -p root $(MIT1003) -p humans False")
pretrained: $(BIN)/.installed
	mkdir -p $(PRETRAINED)/notebooks
	$(BIN)/salgan-train teacher root=$(ROOT)/osie vgg16=$(WEIGHTS)
	for name in best fast; do \
	  $(BIN)/salgan-train $${name}_start root=$(ROOT) && $(BIN)/salgan-train $${name}_former root=$(ROOT)/osie || exit 1; done
	for name in best fast; do $(BIN)/salgan-train $$name root=$(ROOT)/osie || exit 1; done
	for set in $(PRETRAINED_SETS); do \
	  $(MILL) nbs/evaluate.ipynb $(PRETRAINED)/notebooks/evaluate.ipynb -p run pretrained -p bms True -p human_emd True $$set || exit 1; done
	for name in best fast; do $(BIN)/python -c "from salgan.extras.pretrained import write_package; \
	  print(write_package('$(PRETRAINED)', ['osie-eye-test', $(if $(MIT1003),'mit1003')], '$$name'))" || exit 1; done
	$(BIN)/python -c "from skimage import data; from salgan.extras.pretrained import save_examples; \
	  print(save_examples('$(PRETRAINED)', {n: getattr(data, n)() for n in ('astronaut', 'chelsea', 'coffee', 'rocket')}))"
	$(MILL) nbs/figures.ipynb $(PRETRAINED)/notebooks/figures.ipynb -p run pretrained -p dataset osie -p root $(ROOT)/osie

# what has to hold before each commit: style, names and calls, a tenth of the hostile inputs, every notebook
test: $(BIN)/.installed
	$(BIN)/ruff check
	$(MAKE) -j2 check_types check_inputs
	$(BIN)/python .ci/notebooks.py $(if $(FLAGS),--flags $(FLAGS))

check_types:
	$(BIN)/mypy

check_inputs:
	$(BIN)/python .ci/fuzz.py --short

# notebooks -> salgan/, and for editors and type checkers the names of its interfaces
export: $(BIN)/.installed
	$(BIN)/nbdev_clean && $(BIN)/nbdev_export && $(BIN)/python .ci/stubs.py

# run the library notebooks and save what they show; NB="nbs/metrics/*.ipynb" are some of them
NB ?=
notebooks: export
	$(BIN)/python .ci/notebooks.py --save $(NB)

# what needs a GPU: its tests, the benchmark, and bfloat16 beside float32 over three seeds; TOY=1 tries it on a CPU
TOY ?=
GPU_BENCH = $(if $(TOY),-p rows 48 -p columns 64 -p width 0.125 -p batch_size 4,-p compile True -p batches 10)
GPU_RUN = quick $(if $(TOY),rows=48 columns=64 images=16 validation_images=4,rows=192 columns=256 width=1.0 batch_size=32)
GPU = gpu$(if $(TOY),_toy)
gpu: $(BIN)/.installed
	$(if $(TOY),,$(MAKE) test FLAGS=gpu)
	mkdir -p reports/runs/$(GPU)/notebooks
	$(MILL) nbs/checks/benchmark.ipynb reports/runs/$(GPU)/notebooks/benchmark.ipynb -p what training -p out reports/runs/$(GPU) $(GPU_BENCH)
	for precision in fp32 tf32 bf16; do for seed in 0 1 2; do \
	  $(BIN)/salgan-train $(GPU_RUN) precision=$$precision seed=$$seed run=$(GPU)/$${precision}_$$seed || exit 1; done; done
	$(BIN)/python -c "import pandas as pd; print(pd.DataFrame({f'{p}_{s}': pd.read_csv( \
	  f'reports/runs/$(GPU)/{p}_{s}/log.csv').val_CC for p in ('fp32', 'tf32', 'bf16') for s in range(3)}).to_string())"

# README, every notebook and the public names as a site with a search: reports/docs/index.html
docs: $(BIN)/.installed
	$(BIN)/pip install --quiet --editable ".[docs]"
	$(BIN)/python -m sphinx -q -c .ci/docs -d reports/docs/.doctrees . reports/docs
	@echo "The documentation: $(CURDIR)/reports/docs/index.html"

# a page that predicts in the browser, by a double click or on any web server; MODEL are fast, best, a run, a weights file,
# user/model, the first of them in the page; OVERWRITE=1 replaces files that it did not write; needs npm
MODEL ?= fast best
demo: $(BIN)/.installed
	$(BIN)/python -c "from skimage import data; from salgan.extras.browser import write_demo; \
	  examples = dict(astronaut='an astronaut', coffee='a cup of coffee', chelsea='a cat', rocket='a rocket'); \
	  print(write_demo('reports/demo', '$(MODEL)'.split(), {title: getattr(data, name)() for name, title in examples.items()}, \
	  overwrite=bool('$(OVERWRITE)')))"

# once a month: which newer versions than the locked ones (<) an installation takes today (>), which faults of them are
# published, and whether the tests pass with them
NEWER = reports/newer
newer:
	mkdir -p $(NEWER) && $(PYTHON) -m venv --clear $(NEWER)/venv
	$(NEWER)/venv/bin/pip install --quiet --editable '.[dev]'
	grep -E '^[A-Za-z0-9._-]+==' requirements.lock | cut -d' ' -f1 | tr A-Z_ a-z- | sort > $(NEWER)/locked
	$(NEWER)/venv/bin/pip freeze --exclude-editable | tr A-Z_ a-z- | sort | diff $(NEWER)/locked - || true
	$(NEWER)/venv/bin/python .ci/notebooks.py
	$(NEWER)/venv/bin/pip install --quiet pip-audit && $(NEWER)/venv/bin/pip-audit --local --progress-spinner off

# opens a copy of the tutorial, with the explorer beside it: they are yours to change, and a later call leaves them as they are.
# LAB are options of JupyterLab
MINE = reports/lab
LAB ?=
lab: $(BIN)/.installed
	mkdir -p $(MINE)
	for name in tutorial explorer; do test -e $(MINE)/$$name.ipynb || \
	  sed 's,](\([a-z_/]*[.]ipynb\)),](../../nbs/\1),g; s,../../nbs/explorer[.],explorer.,g' nbs/$$name.ipynb \
	    > $(MINE)/$$name.ipynb || exit 1; done
	$(BIN)/jupyter lab --notebook-dir=. $(LAB) $(MINE)/tutorial.ipynb

# what installing and building left
clean:
	rm -rf .venv build dist *.egg-info
