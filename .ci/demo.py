"""Open the demo in Chromium, use it as people do, and compare its maps with those of Python.

    python .ci/demo.py [FOLDER]      needs npm, Chromium and `pip install playwright`

From a server, from the disk (`file://`), and without the server after a first visit. Prints a line for each thing
tried; saves pictures of the page (three widths, light and dark) into FOLDER.
"""
import contextlib
import http.server
import json
import shutil
import sys
import tempfile
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import Browser, Page, Playwright, sync_playwright
from skimage import data

from salgan.prediction import Predictor
from salgan.extras.browser import write_demo
from salgan.prediction.regions import Box, box_shares
from salgan.prediction.regions import top_regions

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run",
             "--use-fake-device-for-media-stream"]
EXAMPLES = dict(astronaut="an astronaut", coffee="a cup of coffee", chelsea="a cat", rocket="a rocket")
RESULTS: list[bool] = []
http.server.SimpleHTTPRequestHandler.log_message = lambda *words: None


def launch(play: Playwright) -> Browser:
    "Chromium, without a window."
    chromium = next(filter(None, map(shutil.which, CHROMIUM)), None) or sys.exit("no Chromium: apt install chromium")
    return play.chromium.launch(executable_path=chromium, args=ARGUMENTS)


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
        said(page, "^Ready")
        yield page
        root = address.rpartition("/")[0]
        faults += [url for url in asked_for if not url.startswith((root, "blob:", "data:"))]
        note(f"faults, requests to elsewhere, of {address.partition(':')[0]}", not faults, faults)


def said(page: Page, pattern: str) -> str:
    "What the page says, once it says something like this."
    page.wait_for_function("pattern => RegExp(pattern).test(document.getElementById('status').textContent)",
                           arg=pattern, timeout=60_000)
    return page.inner_text("#status")


def photographs(folder: Path) -> list[Path]:
    "Pictures as files; one is stored on its side, with an EXIF mark that says so, and one is animated."
    for name in EXAMPLES:
        Image.fromarray(getattr(data, name)()).save(folder / f"{name}.png")
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(np.rot90(data.coffee()).copy()).save(folder / "turned.jpg", exif=exif, quality=95)
    first, second = (Image.fromarray(picture[:300, :400]).quantize() for picture in (data.chelsea(), data.coffee()))
    for ending in ("gif", "apng", "webp"):
        first.save(folder / f"moving.{ending}", save_all=True, append_images=[second], duration=200)
    (folder / "broken.jpg").write_bytes(b"no picture")
    return [*map(folder.joinpath, ("turned.jpg", "moving.gif")), *sorted(folder.glob("*.png"))]


def compare(page: Page, predictor: Predictor, picture: Path, click: str | None = None) -> None:
    "Whether the page's map and regions are those of Python, for a new picture or after a click on a choice."
    page.evaluate("""() => { window.found = new Promise((done) => document.addEventListener("saliency", (event) => {
        const { map, picture, regions } = event.detail;
        done([Array.from(map), picture.width, regions.map(({ x, y }) => [x, y])]); }, { once: true })); }""")
    page.set_input_files("#file", picture) if click is None else page.click(click)
    values, width, places = page.evaluate("() => window.found")
    expected = predictor.predict(Image.open(picture).convert("RGB") if picture.suffix == ".gif" else picture)
    difference = float(np.abs(np.reshape(values, (-1, width)) - expected).max())  # fails for another shape
    same = places == top_regions(expected)[["x", "y"]].values.tolist()
    note(picture.name, difference < 1e-3 and same,
         f"largest difference {difference:.1e}; regions {'equal' if same else 'DIFFERENT'}; {said(page, ': map')}")


def by_keyboard(page: Page) -> None:
    "Whether the controls can be reached and used without a mouse."
    reached = set()
    for _ in range(30):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("() => document.activeElement.id || document.activeElement.name"))
    controls = "file camera canvas view mark draw high strength network save save-map save-numbers"
    missing = set(controls.split()) - reached
    page.focus("#strength")
    page.keyboard.press("ArrowLeft")
    page.focus("#canvas")
    for key in ("Enter", "ArrowLeft", "Shift+ArrowDown"):
        page.keyboard.press(key)
    box = page.inner_text("#boxes li")
    page.keyboard.press("Delete")
    note("by keyboard", not missing and page.input_value("#strength") == "69" and page.is_hidden("#attention"),
         f"not reached: {missing or 'nothing'}; {box}")
    page.check("input[value=map]")
    note("strength for the map alone", page.is_disabled("#strength"), "disabled")
    page.check("input[value=overlay]")


def draw_box(page: Page, predictor: Predictor, picture: Path) -> None:
    "A box drawn with the mouse has the share that Python gives it; map and numbers are saved."
    page.set_input_files("#file", picture)
    said(page, f"{picture.name}: map")
    page.drag_and_drop("#canvas", "#canvas", source_position=dict(x=180, y=90), target_position=dict(x=350, y=300))
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
    note("camera", True, said(page, "^Camera:"))
    page.click("#stop")
    with opened(browser, address, permission="geolocation") as other:
        other.click("#camera")
        note("camera refused", True, said(other, "^The camera was refused. Allow it"))


def quick_clicks(page: Page) -> None:
    "Whether the last of three quick clicks wins, in any order."
    for order in ([0, 1, 2], [2, 3, 0], [3, 0, 1], [1, 2, 3]):
        page.evaluate("order => order.forEach((k) => document.querySelectorAll('#examples button')[k].click())", order)
        said(page, ": map")
        page.wait_for_timeout(1500)  # another picture may come
        found = said(page, ": map")
        note(f"quick clicks {order}", list(EXAMPLES.values())[order[-1]] in found, found)


def save_pictures(page: Page, folder: Path) -> None:
    "The page as it looks on two desks and a phone, in the light and in the dark."
    folder.mkdir(parents=True, exist_ok=True)
    for width in (1366, 1280, 400):
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            page.set_viewport_size(dict(width=width, height=900))
            found = page.evaluate("() => document.documentElement.scrollWidth")
            note(f"{scheme}, {width} pixels", found <= width, f"the page has {found}")
            page.screenshot(path=folder / f"{width}_{scheme}.png", full_page=True)


def main() -> int:
    first, second = (Predictor.from_pretrained(model, device="cpu") for model in ("fast", "best"))
    careful = Predictor.from_run("fast", "cpu", quality="high")
    choice = "[name=network][value='{}']".format
    with tempfile.TemporaryDirectory() as name, sync_playwright() as play:
        folder, files = Path(name) / "demo", Path(name) / "pictures"
        files.mkdir()
        demo = write_demo(folder, examples={title: getattr(data, key)() for key, title in EXAMPLES.items()})
        print(*(f"{file.name} {file.stat().st_size / 1e6:.1f} MB" for file in sorted(folder.iterdir())), sep="; ")
        handler = partial(http.server.SimpleHTTPRequestHandler, directory=str(folder))
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        browser = launch(play)
        address = f"http://127.0.0.1:{server.server_port}/"
        with opened(browser, address) as page:
            for picture in photographs(files):
                compare(page, first, picture)
            answers = {"moving.apng": "first frame", "moving.webp": "first frame", "broken.jpg": "cannot be read as"}
            for file, answer in answers.items():
                page.set_input_files("#file", files / file)
                note(file, True, said(page, answer))
            by_keyboard(page)
            quick_clicks(page)
            cameras(browser, page, address)
            compare(page, first, files / "coffee.png")
            compare(page, second, files / "coffee.png", choice(1))
            compare(page, first, files / "coffee.png", choice(0))
            compare(page, careful, files / "coffee.png", "#high")
            compare(page, careful, files / "turned.jpg")
            compare(page, first, files / "turned.jpg", "#high")
            draw_box(page, first, files / "coffee.png")
            if sys.argv[1:]:
                save_pictures(page, Path(sys.argv[1]))
            server.shutdown()
            server.server_close()
            page.reload()  # from what the browser keeps
            said(page, "^Ready")
            print("without the server:")
            compare(page, first, files / "rocket.png")
            compare(page, second, files / "rocket.png", choice(1))
        print("from the disk:")
        with opened(browser, demo.as_uri(), offline=True) as page:
            compare(page, first, files / "coffee.png")
            compare(page, second, files / "coffee.png", choice(1))
    print(f"{sum(RESULTS)} passed, {len(RESULTS) - sum(RESULTS)} failed")
    return int(not all(RESULTS))


if __name__ == "__main__":
    sys.exit(main())
