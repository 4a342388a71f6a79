# Two commands do everything: `make report` and `make test`. Both make .venv first if it is not there.
PYTHON ?= python3
BIN = .venv/bin
# the notebooks' own progress bars, a line every ten seconds
MILL = TQDM_MININTERVAL=10 $(BIN)/papermill --log-output --no-progress-bar
QUICK = reports/runs/quick
FLAGS ?=

.PHONY: report test lab clean export

$(BIN)/.installed: settings.ini pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "salgan needs Python 3.11 or newer: make PYTHON=python3.12")'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --upgrade pip
	$(BIN)/pip install --quiet --editable '.[dev]'
	touch $@

# prepare -> train (three rows of the paper) -> evaluate -> figures -> report, on generated scenes
report: $(BIN)/.installed
	mkdir -p $(QUICK)/notebooks
	$(MILL) nbs/prepare.ipynb $(QUICK)/notebooks/prepare.ipynb -p validation_images 40
	for row in quick_mse quick_bce quick; do \
	  $(MILL) nbs/train.ipynb $(QUICK)/notebooks/train_$$row.ipynb -f nbs/params/$$row.yaml || exit 1; done
	$(MILL) nbs/evaluate.ipynb $(QUICK)/notebooks/evaluate.ipynb -p run quick
	$(MILL) nbs/figures.ipynb $(QUICK)/notebooks/figures.ipynb -p run quick
	$(MILL) nbs/report.ipynb $(QUICK)/notebooks/report.ipynb -p run quick
	@echo "The report: $(CURDIR)/$(QUICK)/report.html"

test: $(BIN)/.installed
	$(BIN)/python .ci/test.py $(if $(FLAGS),--flags $(FLAGS))

lab: $(BIN)/.installed
	$(BIN)/jupyter lab nbs

export: $(BIN)/.installed
	$(BIN)/nbdev_clean && $(BIN)/nbdev_export

clean:
	rm -rf .venv build dist *.egg-info
