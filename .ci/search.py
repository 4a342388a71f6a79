"""Ask the search of the documentation what people type, and see whether the right page is among the first three.

    make docs && python .ci/search.py [FOLDER]      needs Chromium and `pip install playwright`

Saves pictures of the start page and of a search on a desk and a phone into FOLDER.
"""
import sys
from pathlib import Path
from urllib.parse import urlencode

from playwright.sync_api import Page, sync_playwright

from demo import launch

SITE = Path(__file__).resolve().parent.parent / "reports/docs"
FIRST = {  # query -> pages that answer it
    "train on my data": ("README", "nbs/howto"), "Predictor.predict": ("nbs/prediction/index",),
    "webcam": ("nbs/howto", "README"), "auc borji": ("nbs/metrics/ranking",),
    "resume training": ("README", "nbs/training/checkpoints"), "heat map of a folder": ("nbs/howto",),
    "GPU": ("nbs/howto", "INSTALL"), "score my model": ("nbs/howto", "README"),
    "bounding box": ("nbs/howto", "nbs/prediction/regions"), "install": ("INSTALL",)}


def found(page: Page, query: str) -> list[str]:  # pages, the best first; a page with two sections twice
    "What the search page lists."
    page.goto(f"{(SITE / 'search.html').as_uri()}?{urlencode(dict(q=query))}")
    page.wait_for_function("document.querySelector('.search-summary')?.textContent.match(/found|did not match/)")
    links = page.eval_on_selector_all("ul.search > li > a", "links => links.map(a => a.pathname)")
    return [link.rpartition("/docs/")[2].removesuffix(".html") for link in links]


def main() -> int:
    right = 0
    with sync_playwright() as play:
        page = launch(play).new_page()
        for query, expected in FIRST.items():
            links = found(page, query)
            right += (is_right := bool(set(expected) & set(links[:3])))
            print(f"{'found ' if is_right else 'MISSED'} {query}: {', '.join(links[:3])} of {len(links)}")
        for width in (1280, 400) if sys.argv[1:] else ():
            page.set_viewport_size(dict(width=width, height=900))
            for name in ("index.html", "search.html?q=webcam"):
                page.goto(f"{SITE.as_uri()}/{name}")
                page.wait_for_timeout(1000)
                page.screenshot(path=Path(sys.argv[1]) / f"{name.partition('.')[0]}_{width}.png")
    print(f"{right} of {len(FIRST)}")
    return int(right < len(FIRST))


if __name__ == "__main__":
    sys.exit(main())
