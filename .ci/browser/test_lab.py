"What `make lab` opens: all cells of its copies of the tutorial and the explorer run, and the explorer is used."
import io
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page
from skimage import data

ROOT = Path(__file__).resolve().parents[2]
MINE = Path("reports/lab/tested")
PATIENCE = 300_000  # milliseconds for a kernel, torch and two networks
CANVAS = ".jupyter-matplotlib-canvas-div"
CHOSEN = "document.querySelector('.widget-dropdown select').selectedOptions[0].textContent"  # name of the picture


@pytest.fixture(scope="module")
def lab() -> Iterator[str]:
    "Address of a folder of copies in JupyterLab."
    shutil.rmtree(ROOT / MINE, ignore_errors=True)
    options = "--no-browser --allow-root --IdentityProvider.token= --expose-app-in-browser"
    command = ["make", "lab", f"BIN={Path(sys.executable).parent}", f"MINE={MINE}", f"LAB={options}"]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
        address = next(filter(None, (re.search(r"http://\S+/lab", line) for line in process.stderr)))[0]
        yield f"{address}/tree/{MINE}"
        process.terminate()
    shutil.rmtree(ROOT / MINE)


def run_all(page: Page, address: str) -> None:
    "Open a notebook and run all its cells."
    page.goto(f"{address}?reset")
    page.wait_for_function("() => window.jupyterapp", timeout=PATIENCE)
    page.wait_for_selector("text=| Idle", timeout=PATIENCE)
    assert page.evaluate("() => window.jupyterapp.commands.execute('notebook:run-all-cells')")


def click(page: Page, across: float, down: float) -> None:
    "Click on a place of the figure, in shares of its sides."
    canvas = page.locator(CANVAS).bounding_box()
    page.mouse.click(canvas["x"] + across * canvas["width"], canvas["y"] + down * canvas["height"])


def assert_drawn(page: Page) -> None:
    "Both maps are there: neither half of the figure's upper part is mostly white."
    figure = np.array(Image.open(io.BytesIO(page.locator(CANVAS).screenshot())).convert("L"))
    upper = figure[len(figure) // 5:len(figure) * 3 // 5]
    assert all((half > 250).mean() < 0.5 for half in np.array_split(upper, 2, axis=1))


def test_tutorial(page: Page, lab: str, output_path: str):
    copy = ROOT / MINE / "tutorial.ipynb"
    copy.write_text(copy.read_text().replace("steps = 150", "steps = 30").replace("turns = 20", "turns = 4"))
    run_all(page, f"{lab}/tutorial.ipynb")
    page.screenshot(path=f"{output_path}/end.png")


@pytest.mark.parametrize("width", (1366, 1280))
def test_explorer(page: Page, lab: str, width: int, tmp_path: Path, output_path: str):
    page.set_default_timeout(PATIENCE)
    page.set_viewport_size(dict(width=width, height=768))
    run_all(page, f"{lab}/explorer.ipynb")
    page.locator(CANVAS).scroll_into_view_if_needed()
    page.wait_for_timeout(5000)
    page.screenshot(path=f"{output_path}/run.png")
    assert_drawn(page)
    figure, cell = (page.locator(name).first.bounding_box() for name in (CANVAS, ".jp-WindowedPanel-outer"))
    assert figure["x"] + figure["width"] <= cell["x"] + cell["width"]
    first = page.evaluate(CHOSEN)
    click(page, 0.61, 0.93)  # a small picture
    page.wait_for_function(f"first => {CHOSEN} != first", arg=first)
    page.get_by_label("fixations").check()
    click(page, 0.25, 0.4)  # a place of the map
    page.wait_for_selector("text=of the picture is less salient")
    page.wait_for_timeout(5000)
    page.screenshot(path=f"{output_path}/used.png")
    assert_drawn(page)
    Image.fromarray(data.astronaut()).save(tmp_path / "astronaut.jpg")
    (tmp_path / "notes.txt").write_text("no picture")
    with page.expect_file_chooser() as chooser:
        page.locator("button:has-text('your photograph')").click()
    chooser.value.set_files([tmp_path / "notes.txt", tmp_path / "astronaut.jpg"])
    page.wait_for_selector("text=notes.txt cannot be read as an image")
    page.wait_for_selector("text=No fixations are known")
    assert page.evaluate(CHOSEN) == "astronaut.jpg"
    page.wait_for_timeout(5000)
    page.screenshot(path=f"{output_path}/uploaded.png")
    assert_drawn(page)
