"""Run a copy of the explorer in JupyterLab, as `make lab` shows it, and use it in Chromium.

    python .ci/lab.py [--pictures FOLDER]      needs Chromium and `pip install playwright`

Runs all cells on screens of 1366 and 1280 pixels, clicks on a small picture and on a map, shows fixations, and
uploads a photograph and a text. Saves pictures of the screen where it is told to.
"""
import argparse
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright
from skimage import data

from demo import launch

ROOT = Path(__file__).resolve().parent.parent
WIDTHS = (1366, 1280)  # of screens, pixels
PATIENCE = 180_000     # milliseconds for a kernel, torch and two networks


def start_lab(folder: Path) -> tuple[subprocess.Popen, str]:
    "JupyterLab without a browser, and its address."
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [Path(sys.executable).with_name("jupyter"), "lab", "--no-browser", "--allow-root", f"--port={port}",
               "--IdentityProvider.token=", "--expose-app-in-browser", f"--notebook-dir={folder}"]
    lab = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    for _ in range(240):
        try:
            urllib.request.urlopen(f"{address}/api").close()
            return lab, address
        except OSError:
            time.sleep(0.5)
    sys.exit("JupyterLab does not start")


def run_explorer(page: Page, address: str) -> None:
    "Open the notebook, run all cells, and wait for the canvas."
    page.goto(f"{address}/lab/tree/explorer.ipynb?reset")
    page.wait_for_selector(".jp-Notebook", timeout=PATIENCE)
    page.wait_for_function("() => window.jupyterapp", timeout=PATIENCE)
    page.wait_for_selector("text=| Idle", timeout=PATIENCE)
    page.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-all-cells'); }")
    page.wait_for_selector(".jupyter-matplotlib-canvas-div canvas", state="attached", timeout=PATIENCE)
    page.locator(".jupyter-matplotlib-canvas-div").scroll_into_view_if_needed()
    page.wait_for_timeout(5000)


def click_figure(page: Page, across: float, down: float) -> None:
    "Click on a place of the figure, in shares of its sides."
    canvas = page.locator(".jupyter-matplotlib-canvas-div").bounding_box()
    page.mouse.click(canvas["x"] + across * canvas["width"], canvas["y"] + down * canvas["height"])


CHOSEN = "document.querySelector('.widget-dropdown select').selectedOptions[0].textContent"


def chosen(page: Page) -> str:
    "The name of the picture that is shown."
    return page.evaluate(CHOSEN)


def use(page: Page, folder: Path, look: Callable[[str], None]) -> dict[str, bool]:
    "Whether each control does what it says; `look` is called where there is something to see."
    look("run")
    right = page.evaluate("""() => { const end = (name) => document.querySelector(name).getBoundingClientRect().right;
        return [end('.jupyter-matplotlib-canvas-div'), end('.jp-WindowedPanel-outer')]; }""")
    found, first = {"the figure fits": right[0] <= right[1]}, chosen(page)
    click_figure(page, 0.61, 0.93)
    page.wait_for_function(f"(old) => {CHOSEN} != old", arg=first, timeout=PATIENCE)
    found["a small picture chooses"] = chosen(page) != first
    page.get_by_label("fixations").check()
    click_figure(page, 0.25, 0.4)
    page.wait_for_selector("text=of the picture is less salient", timeout=PATIENCE)
    found["a place has a rank"] = page.locator("text=of the picture is less salient").count() > 0
    page.wait_for_timeout(5000)
    look("used")
    with page.expect_file_chooser() as chooser:
        page.locator("button:has-text('your photograph')").click()
    chooser.value.set_files([folder / "notes.txt", folder / "astronaut.jpg"])
    page.wait_for_selector("text=notes.txt cannot be read as an image", timeout=PATIENCE)
    page.wait_for_selector("text=No fixations are known", timeout=PATIENCE)
    found["an upload is shown"] = chosen(page) == "astronaut.jpg"
    page.wait_for_timeout(5000)
    look("uploaded")
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=Path, help="folder for pictures of the screen")
    asked = parser.parse_args()
    results = []
    with tempfile.TemporaryDirectory() as name, sync_playwright() as play:
        folder = Path(name)
        shutil.copy(ROOT / "nbs/explorer.ipynb", folder)
        Image.fromarray(data.astronaut()).save(folder / "astronaut.jpg")
        (folder / "notes.txt").write_text("no picture")
        lab, address = start_lab(folder)
        try:
            page = launch(play).new_page()
            for width in WIDTHS:
                page.set_viewport_size(dict(width=width, height=768))
                run_explorer(page, address)
                found = use(page, folder, lambda state: asked.pictures and page.screenshot(
                    path=asked.pictures / f"explorer_{width}_{state}.png"))
                print(f"{width} pixels:", "; ".join(f"{what}: {'yes' if yes else 'NO'}" for what, yes in found.items()))
                results += found.values()
        finally:
            lab.terminate()
            lab.wait()
    print(f"{sum(results)} passed, {len(results) - sum(results)} failed")
    return int(not all(results))


if __name__ == "__main__":
    sys.exit(main())
