"""Use what a reader opens as people do, in Chromium: the demo, JupyterLab, the documentation, the reports.

    apt install chromium; pip install pytest-playwright
    make docs; python -m pytest .ci/browser --output FOLDER

FOLDER is made anew; it gets pictures of the pages. Look at them. `test_demo.py` needs npm.
"""
import itertools
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict) -> dict:
    "The system's Chromium, if there is one, or Playwright's; a film takes the camera's place."
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    return browser_type_launch_args | dict(executable_path=chromium, args=[
        "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--use-fake-device-for-media-stream"])


@pytest.fixture
def look(output_path: str) -> Callable:
    "Saves pictures of a page as it looks on screens, in the light and in the dark; it has to fit on each."
    def save(page: Page, name: str, widths: tuple = (1366, 1280, 400), schemes: tuple = ("light", "dark")) -> None:
        for width, scheme in itertools.product(widths, schemes):
            page.emulate_media(color_scheme=scheme)
            page.set_viewport_size(dict(width=width, height=900))
            page.screenshot(path=Path(output_path) / f"{name}_{width}_{scheme}.png", full_page=True)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (name, scheme)
    return save
