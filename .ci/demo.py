"""Open the demo in Chromium, use it as people do, and compare its maps with those of Python.

    python .ci/demo.py [--models fast best] [--pictures FOLDER]      needs npm, Chromium and `pip install playwright`

From a server, from the disk (`file://`), and without the server after a first visit. Prints a line for each thing
tried; saves pictures of the page (three widths, light and dark) where it is told to.
"""
import argparse
import contextlib
import functools
import http.server
import json
import shutil
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright
from skimage import data

from salgan.prediction import Predictor
from salgan.prediction.boxes import Box, box_shares
from salgan.prediction.browser import write_demo
from salgan.prediction.regions import top_regions

LARGEST = 1e-3  # difference of two maps
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
             "--disable-sync", "--no-first-run", "--use-fake-device-for-media-stream"]
EXAMPLES = dict(astronaut="an astronaut", coffee="a cup of coffee", chelsea="a cat", rocket="a rocket")
RESULTS: list[bool] = []


class Server(http.server.SimpleHTTPRequestHandler):
    "A static server without a log."

    def log_message(self, *words) -> None:
        pass


def note(what: str, passed: bool, found: object = "") -> None:
    "Print and count what was tried."
    RESULTS.append(bool(passed))
    print(f"{'' if passed else 'FAILED '}{what}: {found}", flush=True)


@contextlib.contextmanager
def opened(browser: Browser, address: str, permission: str = "camera", **settings) -> Iterator[Page]:
    "The page, ready, in a browser of its own that lends one thing; faults and requests to elsewhere are noted."
    with contextlib.closing(browser.new_context(**settings)) as context:
        context.grant_permissions([permission])
        page, asked_for, faults = context.new_page(), [], []
        page.on("request", lambda request: asked_for.append(request.url))
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(address)
        ready(page)
        yield page
        root = address.rpartition("/")[0]
        faults += [url for url in asked_for if not url.startswith((root, "blob:", "data:"))]
        note(f"faults, requests to elsewhere, of {address.partition(':')[0]}", not faults, faults)


def ready(page: Page) -> None:
    "Wait until the network is there. Ends the script if it cannot be loaded."
    page.wait_for_function("() => !/being loaded/.test(document.getElementById('status').textContent)", timeout=120_000)
    if not page.inner_text("#status").startswith("Ready"):
        sys.exit(page.inner_text("#status"))


def photographs(folder: Path) -> list[Path]:
    "Pictures as files; one is stored on its side, with an EXIF mark that says so, and one is animated."
    for name in EXAMPLES:
        Image.fromarray(getattr(data, name)()).save(folder / f"{name}.png")
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(np.rot90(data.coffee()).copy()).save(folder / "turned.jpg", exif=exif, quality=95)
    first, second = (Image.fromarray(picture[:300, :400]).quantize() for picture in (data.chelsea(), data.coffee()))
    first.save(folder / "moving.gif", save_all=True, append_images=[second], duration=200)
    return sorted(folder.iterdir())


def shown_map(page: Page, act) -> dict:
    "What the page makes of a picture once `act` was done: map (height,width), regions, milliseconds."
    page.evaluate("""() => { window.found = new Promise((done) => document.addEventListener("saliency", (event) => {
        const { map, picture, regions, milliseconds } = event.detail;
        done({ map: Array.from(map), width: picture.width, regions, milliseconds }); }, { once: true })); }""")
    act()
    found = page.evaluate("() => window.found")
    return found | dict(map=np.array(found["map"], np.float32).reshape(-1, found["width"]))


def compare(page: Page, predictor: Predictor, picture: Path, act=None) -> None:
    "Whether the page's map and regions are those of Python."
    found = shown_map(page, act or (lambda: page.set_input_files("#file", picture)))
    expected = predictor.predict(np.array(Image.open(picture).convert("RGB")) if picture.suffix == ".gif" else picture)
    if found["map"].shape != expected.shape:
        return note(picture.name, False, f"{found['map'].shape} instead of {expected.shape}")
    difference = float(np.abs(found["map"] - expected).max())
    places = [(region["x"], region["y"]) for region in found["regions"]]
    same = places == list(map(tuple, top_regions(expected)[["x", "y"]].to_numpy()))
    note(picture.name, difference < LARGEST and same, f"largest difference {difference:.1e}; regions "
         f"{'equal' if same else 'DIFFERENT'}; {found['milliseconds']:.0f} ms; {page.inner_text('#status')}")


def by_keyboard(page: Page) -> None:
    "Whether the controls can be reached and used without a mouse."
    page.evaluate("() => document.activeElement.blur()")
    reached = set()
    for _ in range(30):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("() => document.activeElement.id || document.activeElement.name"))
    wanted = {"file", "camera", "canvas", "view", "mark", "draw", "strength", "network", "save", "save-map", "save-numbers"}
    page.focus("#strength")
    page.keyboard.press("ArrowLeft")
    page.focus("#canvas")
    for key in ("Enter", "ArrowLeft", "Shift+ArrowDown"):
        page.keyboard.press(key)
    box = page.inner_text("#boxes li")
    page.keyboard.press("Delete")
    note("by keyboard", wanted <= reached and page.input_value("#strength") == "69" and page.is_hidden("#attention"),
         f"not reached: {wanted - reached or 'nothing'}; {box}")
    page.check("input[value=map]")
    note("strength for the map alone", page.is_disabled("#strength"), "disabled")
    page.check("input[value=overlay]")


def draw_box(page: Page, predictor: Predictor, picture: Path) -> None:
    "A box drawn with the mouse has the share that Python gives it; map and numbers are saved."
    page.set_input_files("#file", picture)
    page.wait_for_function("name => document.getElementById('status').textContent.includes(name + ': map')", arg=picture.name)
    page.locator("#canvas").scroll_into_view_if_needed()
    at = page.locator("#canvas").bounding_box()
    page.mouse.move(at["x"] + .3 * at["width"], at["y"] + .2 * at["height"])
    page.mouse.down()
    page.mouse.move(at["x"] + .6 * at["width"], at["y"] + .7 * at["height"], steps=4)
    page.mouse.up()
    saved = {}
    for name in ("numbers", "map"):
        with page.expect_download() as download:
            page.click(f"#save-{name}")
        saved[name] = Path(download.value.path())
    box, = json.loads(saved["numbers"].read_text())["boxes"]
    saliency, grey = predictor.predict(picture), np.array(Image.open(saved["map"]).convert("L"))
    share, = box_shares(saliency, [Box("", "", *(box[side] for side in ("x", "y", "width", "height")))])
    note("box", abs(box["share"] - share) < 1e-4, f"{page.inner_text('#boxes li')}; Python {share:.3f}")
    note("saved map", np.abs(grey - 255 * saliency / saliency.max()).max() < 1, grey.shape)


def cameras(browser: Browser, page: Page, address: str) -> None:
    "Whether the camera's pictures get maps (Chromium plays a test picture), and a refusal a clear answer."
    page.click("#camera")
    page.wait_for_function("() => document.getElementById('status').textContent.startsWith('Camera:')")
    note("camera", page.is_visible("#stop"), page.inner_text("#status"))
    page.click("#stop")
    with opened(browser, address, permission="geolocation") as other:
        other.click("#camera")
        other.wait_for_selector("#status.failed")
        note("camera refused", "refused" in other.inner_text("#status"), other.inner_text("#status"))


def quick_clicks(page: Page) -> None:
    "Whether the last of three quick clicks wins, in any order."
    for order in ([0, 1, 2], [2, 3, 0], [3, 0, 1], [1, 2, 3]):
        page.evaluate("order => order.forEach((k) => document.querySelectorAll('#examples button')[k].click())", order)
        page.wait_for_function("() => document.getElementById('status').textContent.includes(': map')")
        page.wait_for_timeout(1500)
        note(f"quick clicks {order}", page.inner_text("#status").startswith(list(EXAMPLES.values())[order[-1]] + ":"),
             page.inner_text("#status"))


def save_pictures(page: Page, folder: Path) -> None:
    "The page as it looks on two desks and a phone, in the light and in the dark."
    folder.mkdir(parents=True, exist_ok=True)
    for width in (1366, 1280, 400):
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            page.set_viewport_size(dict(width=width, height=900))
            wide = page.evaluate("() => document.documentElement.scrollWidth")
            note(f"{scheme}, {width} pixels", wide <= width, f"the page has {wide}")
            page.screenshot(path=folder / f"{width}_{scheme}.png", full_page=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", nargs=2, default=["fast", "best"], help="in the page, and loaded when chosen")
    parser.add_argument("--pictures", type=Path, help="folder for pictures of the page")
    asked = parser.parse_args()
    chromium = next(filter(None, map(shutil.which, CHROMIUM)), None) or sys.exit("no Chromium: apt install chromium")
    first, second = (Predictor.from_pretrained(model, device="cpu") for model in asked.models)
    with tempfile.TemporaryDirectory() as name, sync_playwright() as play:
        folder, files = Path(name) / "demo", Path(name) / "pictures"
        files.mkdir()
        demo = write_demo(folder, asked.models, {title: getattr(data, key)() for key, title in EXAMPLES.items()})
        print(*(f"{file.name} {file.stat().st_size / 1e6:.1f} MB" for file in sorted(folder.iterdir())), sep="; ")
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Server, directory=str(folder)))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address, browser = f"http://127.0.0.1:{server.server_port}/", play.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        with opened(browser, address) as page:
            for picture in photographs(files):
                compare(page, first, picture)
            page.set_input_files("#file", files / "moving.gif")
            page.wait_for_function("() => document.getElementById('status').textContent.includes('first frame')")
            (files / "broken.jpg").write_bytes(b"no picture")
            page.set_input_files("#file", files / "broken.jpg")
            page.wait_for_selector("#status.failed")
            note("no picture", "broken.jpg cannot be read" in page.inner_text("#status"), page.inner_text("#status"))
            by_keyboard(page)
            quick_clicks(page)
            cameras(browser, page, address)
            compare(page, first, files / "coffee.png")
            compare(page, second, files / "coffee.png", lambda: page.check("input[name=network][value='1']"))
            page.check("input[name=network][value='0']")
            draw_box(page, first, files / "coffee.png")
            if asked.pictures:
                save_pictures(page, asked.pictures)
            server.shutdown()
            server.server_close()
            page.reload()
            ready(page)
            print("without the server:")
            compare(page, first, files / "rocket.png")
            compare(page, second, files / "rocket.png", lambda: page.check("input[name=network][value='1']"))
        print("from the disk:")
        with opened(browser, demo.as_uri(), offline=True) as page:
            compare(page, first, files / "coffee.png")
            compare(page, second, files / "coffee.png", lambda: page.check("input[name=network][value='1']"))
    print(f"{sum(RESULTS)} passed, {len(RESULTS) - sum(RESULTS)} failed")
    return int(not all(RESULTS))


if __name__ == "__main__":
    sys.exit(main())
