"""Open the demo in Chromium, and compare its maps with those of Python.

    python .ci/demo.py [--model fast] [--pictures FOLDER]      needs npm, Chromium and `pip install playwright`

Five photographs, one of them turned by its EXIF mark. Prints the largest difference of each map, the time that the
browser took, and the sizes of what it loads; saves pictures of the page (desk, phone, dark) where it is told to.
"""
import argparse
import functools
import http.server
import shutil
import sys
import tempfile
import threading
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import Page, sync_playwright
from skimage import data

from salgan.prediction import Predictor
from salgan.extras.browser import write_demo
from salgan.prediction.regions import top_regions

LARGEST = 1e-3  # difference of two maps
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
OFFLINE = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
           "--disable-sync", "--no-first-run", "--use-fake-ui-for-media-stream",
           "--use-fake-device-for-media-stream"]


class Server(http.server.SimpleHTTPRequestHandler):
    "A static server without a log."
    extensions_map = http.server.SimpleHTTPRequestHandler.extensions_map | {
        ".mjs": "text/javascript", ".wasm": "application/wasm"}

    def log_message(self, *words) -> None:
        pass


def photographs(folder: Path) -> list[Path]:
    "Five pictures as files; the last is stored on its side, with an EXIF mark that says so."
    for name in ("astronaut", "chelsea", "coffee", "rocket"):
        Image.fromarray(getattr(data, name)()).save(folder / f"{name}.png")
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = Image.fromarray(np.rot90(data.coffee()).copy())
    turned.save(folder / "turned.jpg", exif=exif, quality=95)
    return sorted(folder.glob("*.*"))


def shown_map(page: Page, picture: Path) -> dict:
    "What the page makes of a picture: map (height,width), regions, milliseconds."
    page.evaluate("""() => { window.found = new Promise((done) => document.addEventListener("saliency", (event) => {
        const { map, picture, regions, milliseconds } = event.detail;
        done({ map: Array.from(map), width: picture.width, regions, milliseconds }); }, { once: true })); }""")
    page.set_input_files("#file", picture)
    found = page.evaluate("() => window.found")
    found["map"] = np.array(found["map"], np.float32).reshape(-1, found["width"])
    return found


def compare(page: Page, predictor: Predictor, picture: Path) -> bool:
    "Whether the page's map and regions are those of Python. Prints how far apart they are."
    found, expected = shown_map(page, picture), predictor.predict(picture)
    if found["map"].shape != expected.shape:
        print(f"{picture.name}: {found['map'].shape} instead of {expected.shape}")
        return False
    difference = float(np.abs(found["map"] - expected).max())
    places = [(region["x"], region["y"]) for region in found["regions"]]
    same = places == list(map(tuple, top_regions(expected)[["x", "y"]].to_numpy()))
    print(f"{picture.name:14} largest difference {difference:.1e}; regions {'equal' if same else 'DIFFERENT'}; "
          f"{found['milliseconds']:.0f} ms")
    return difference < LARGEST and same


def by_keyboard(page: Page) -> bool:
    "Whether the controls can be reached and used without a mouse."
    page.evaluate("() => document.activeElement.blur()")
    reached = []
    for _ in range(20):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("() => document.activeElement.id || document.activeElement.name"))
    page.focus("#strength")
    before = page.input_value("#strength")
    page.keyboard.press("ArrowLeft")
    moved = page.input_value("#strength") != before
    missing = {"file", "camera", "view", "boxes", "strength", "save"} - set(reached)
    print(f"by keyboard: {'all reached' if not missing else f'NOT REACHED {missing}'}; "
          f"the slider {'moves' if moved else 'DOES NOT MOVE'}")
    return moved and not missing


def unreadable(page: Page, folder: Path) -> bool:
    "Whether a file that is no picture gets a clear answer."
    (folder / "broken.jpg").write_bytes(b"no picture")
    page.set_input_files("#file", folder / "broken.jpg")
    page.wait_for_selector("#status.failed")
    said = page.inner_text("#status")
    print(f"no picture: {said}")
    return "broken.jpg cannot be read" in said


def camera(page: Page) -> bool:
    "Whether the camera's pictures get maps; Chromium plays a test picture for one."
    page.click("#camera")
    page.wait_for_function("() => document.getElementById('status').textContent.startsWith('Camera:')")
    said = page.inner_text("#status")
    page.click("#stop")
    print(f"camera: {said}")
    return page.is_hidden("#stop")


def save_pictures(page: Page, folder: Path) -> None:
    "The page as it looks on a desk, in the dark, on a phone."
    folder.mkdir(parents=True, exist_ok=True)
    for name, width, scheme in (("desk", 1280, "light"), ("dark", 1280, "dark"), ("phone", 400, "light")):
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size(dict(width=width, height=900))
        wide = page.evaluate("() => document.documentElement.scrollWidth")
        print(f"{name}: {wide} pixels wide at {width}")
        page.screenshot(path=folder / f"{name}.png", full_page=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="fast")
    parser.add_argument("--pictures", type=Path, help="folder for pictures of the page")
    asked = parser.parse_args()
    browser = next(filter(None, map(shutil.which, CHROMIUM)), None) or sys.exit("no Chromium: apt install chromium")
    predictor, results = Predictor.from_pretrained(asked.model, device="cpu"), []
    with tempfile.TemporaryDirectory() as name, sync_playwright() as play:
        folder, files = Path(name) / "demo", Path(name) / "pictures"
        files.mkdir()
        write_demo(folder, asked.model, {"an astronaut": data.astronaut()})
        handler = functools.partial(Server, directory=str(folder))
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}/"
        page = play.chromium.launch(executable_path=browser, args=OFFLINE).new_page()
        asked_for, faults = [], []
        page.on("request", lambda request: asked_for.append(request.url))
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(address)
        page.wait_for_function("() => !document.getElementById('status').textContent.endsWith('being loaded.')",
                               timeout=120_000)
        if not page.inner_text("#status").startswith("Ready"):
            sys.exit(page.inner_text("#status"))
        loaded = page.evaluate("() => performance.now()")
        size = sum(file.stat().st_size for file in folder.iterdir())
        print(f"loaded in {loaded / 1e3:.1f} s; the folder has {size / 1e6:.1f} MB")
        results += [compare(page, predictor, picture) for picture in photographs(files)]
        results += [by_keyboard(page), unreadable(page, files), camera(page)]
        shown_map(page, files / "coffee.png")
        if asked.pictures:
            save_pictures(page, asked.pictures)
        elsewhere = [url for url in asked_for if not url.startswith((address, "blob:", "data:"))]
        print(f"requests to elsewhere: {elsewhere or 'none'}; faults: {faults or 'none'}")
        results += [not elsewhere, not faults]
        server.shutdown()
    print(f"{sum(results)} passed, {len(results) - sum(results)} failed")
    return int(not all(results))


if __name__ == "__main__":
    sys.exit(main())
