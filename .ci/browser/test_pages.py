"The documentation of `make docs` and the reports, from the disk: searched, and looked at on desks and a phone."
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page

REPORTS = Path(__file__).resolve().parents[2] / "reports"
ANSWERS = {  # query -> pages that answer it
    "train on my data": ("README", "nbs/howto"), "Predictor.predict": ("nbs/prediction/index",),
    "webcam": ("nbs/howto", "README"), "auc borji": ("nbs/metrics/ranking",),
    "resume training": ("README", "nbs/training/checkpoints"), "heat map of a folder": ("nbs/howto",),
    "GPU": ("nbs/howto", "INSTALL"), "score my model": ("nbs/howto", "README"),
    "bounding box": ("nbs/howto", "nbs/prediction/regions"), "install": ("INSTALL",)}
PAGES = "index.html appendix.html docs/index.html docs/nbs/howto.html docs/search.html?q=webcam".split()


@pytest.mark.parametrize("query", ANSWERS)
def test_search(page: Page, query: str):
    "A page that answers is among the first three."
    page.goto(f"{(REPORTS / 'docs/search.html').as_uri()}?{urlencode(dict(q=query))}")
    page.wait_for_function("document.querySelector('.search-summary')?.textContent.match(/found|did not match/)")
    links = page.eval_on_selector_all("ul.search > li > a", "links => links.map(a => a.pathname)")
    first = [link.rpartition("/docs/")[2].removesuffix(".html") for link in links[:3]]
    assert set(ANSWERS[query]) & set(first), first


@pytest.mark.parametrize("name", PAGES)
def test_look(page: Page, look: Callable, name: str):
    page.goto(f"{REPORTS.as_uri()}/{name}")
    page.wait_for_timeout(1000)  # a search shows its results one by one
    look(page, "page")
