"The page of `make demo`: from a server, from the disk, and without the server after a visit, beside Python."
import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, expect, Page
from skimage import data

from salgan import Predictor
from salgan.extras.browser import write_demo
from salgan.prediction import top_regions
from salgan.prediction.regions import Box, box_shares

EXAMPLES = dict(astronaut="an astronaut", coffee="a cup of coffee", chelsea="a cat", rocket="a rocket")
NETWORKS = ("fast", "best")
PATIENCE = 300_000  # milliseconds, of a busy machine
FOUND = """() => { window.found = new Promise((done) => document.addEventListener("saliency", (event) => {
    const { map, picture, regions } = event.detail;
    done([Array.from(map), picture.width, regions.map(({ x, y }) => [x, y])]); }, { once: true })); }"""


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    "Folder of the page."
    folder = tmp_path_factory.mktemp("page")
    write_demo(folder / "demo", NETWORKS, {title: getattr(data, name)() for name, title in EXAMPLES.items()})
    return folder / "demo"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    "Folder of pictures; one is stored on its side, with an EXIF mark that says so, others move."
    folder = tmp_path_factory.mktemp("pictures")
    for name in EXAMPLES:
        Image.fromarray(getattr(data, name)()).save(folder / f"{name}.png")
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(np.rot90(data.coffee()).copy()).save(folder / "turned.jpg", exif=exif, quality=95)
    first, second = (Image.fromarray(picture[:300, :400]).quantize() for picture in (data.chelsea(), data.coffee()))
    for ending in ("gif", "apng", "webp"):
        first.save(folder / f"moving.{ending}", save_all=True, append_images=[second], duration=200)
    (folder / "broken.jpg").write_bytes(b"no picture")
    return folder


@pytest.fixture(scope="module")
def server(demo: Path) -> Iterator[ThreadingHTTPServer]:
    handler = partial(SimpleHTTPRequestHandler, directory=str(demo))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@contextmanager
def opened(browser: Browser, address: str, permission: str = "camera", **settings) -> Iterator[Page]:
    "The page, ready, in a browser of its own that lends one thing. It asks for nothing from elsewhere."
    requests: list[str] = []
    faults: list[str] = []
    with closing(browser.new_context(permissions=[permission], **settings)) as context:
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("request", lambda asked: requests.append(asked.url))
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(address)
        says(page, "^Ready")
        yield page
        own = (address.rpartition("/")[0], "blob:", "data:")
        assert not faults and all(url.startswith(own) for url in requests), (faults, requests)


@pytest.fixture(scope="module")
def page(browser: Browser, server: ThreadingHTTPServer) -> Iterator[Page]:
    with opened(browser, f"http://127.0.0.1:{server.server_port}/") as page:
        yield page


def says(page: Page, pattern: str) -> None:
    "Wait until the page says something like this."
    expect(page.locator("#status")).to_have_text(re.compile(pattern), timeout=PATIENCE)


def compare(page: Page, picture: Path, name: str = "fast", click: str | None = None, quality: str = "standard") -> None:
    "The page's map and regions are those of Python, for a new picture or after a click on a choice."
    page.evaluate(FOUND)
    page.set_input_files("#file", picture) if click is None else page.click(click)
    values, width, places = page.evaluate("() => window.found")
    pixels = Image.open(picture).convert("RGB") if picture.suffix == ".gif" else picture
    expected = Predictor.from_run(name, "cpu", quality=quality).predict(pixels)
    np.testing.assert_allclose(np.reshape(values, (-1, width)), expected, rtol=0, atol=1e-3)
    assert places == top_regions(expected)[["x", "y"]].values.tolist(), picture
    says(page, f"{picture.name}: map computed by {name}")


def choice(name: str) -> str:
    return f"[name=network][value='{NETWORKS.index(name)}']"


def test_pictures(page: Page, files: Path):
    for picture in (*sorted(files.glob("*.png")), files / "turned.jpg", files / "moving.gif"):
        compare(page, picture)
    for ending in ("gif", "apng", "webp"):
        page.set_input_files("#file", files / f"moving.{ending}")
        says(page, f"moving.{ending} is animated: its first frame")
    page.set_input_files("#file", files / "broken.jpg")
    says(page, "broken.jpg cannot be read as a picture")


def test_choices(page: Page, files: Path):
    compare(page, files / "coffee.png")
    compare(page, files / "coffee.png", "best", choice("best"))
    compare(page, files / "coffee.png", "fast", choice("fast"))
    compare(page, files / "coffee.png", "fast", "#high", "high")
    compare(page, files / "turned.jpg", "fast", None, "high")
    compare(page, files / "turned.jpg", "fast", "#high")


@pytest.mark.parametrize("order", ([0, 1, 2], [2, 3, 0], [3, 0, 1], [1, 2, 3]))
def test_last_of_three_quick_clicks_wins(page: Page, order: list[int]):
    page.evaluate("order => order.forEach((k) => document.querySelectorAll('#examples button')[k].click())", order)
    says(page, ": map")
    page.wait_for_timeout(1500)  # another picture may come
    says(page, f"{list(EXAMPLES.values())[order[-1]]}: map")


def test_keyboard(page: Page, files: Path):
    "All controls are reached and used without a mouse; the strength of a map alone is disabled."
    page.set_input_files("#file", files / "coffee.png")
    says(page, ": map")
    reached = set()
    for _ in range(30):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("() => document.activeElement.id || document.activeElement.name"))
    assert reached >= set("file camera canvas view mark draw high strength network save save-map save-numbers".split())
    page.focus("#strength")
    page.keyboard.press("ArrowLeft")
    assert page.input_value("#strength") == "69"
    page.focus("#canvas")
    for key in ("Enter", "ArrowLeft", "Shift+ArrowDown"):
        page.keyboard.press(key)
    expect(page.locator("#boxes li")).to_contain_text("times the mean of the picture")
    page.keyboard.press("Delete")
    expect(page.locator("#attention")).to_be_hidden()
    page.check("input[value=map]")
    expect(page.locator("#strength")).to_be_disabled()
    page.check("input[value=overlay]")


def test_camera(page: Page, browser: Browser):
    page.click("#camera")
    says(page, "^Camera:")
    page.click("#stop")
    with opened(browser, page.url, permission="geolocation") as other:
        other.click("#camera")
        says(other, "^The camera was refused. Allow it")


def test_box(page: Page, files: Path, tmp_path: Path, look: Callable):
    "A box drawn with the mouse has the share that Python gives it; numbers and map are saved."
    page.set_input_files("#file", files / "coffee.png")
    says(page, "coffee.png: map")
    page.drag_and_drop("#canvas", "#canvas", source_position=dict(x=180, y=90), target_position=dict(x=350, y=300))
    for name in ("numbers", "map"):
        with page.expect_download() as download:
            page.click(f"#save-{name}")
        download.value.save_as(tmp_path / name)
    box, = json.loads((tmp_path / "numbers").read_text())["boxes"]
    saliency = Predictor.from_run("fast", "cpu").predict(files / "coffee.png")
    share, = box_shares(saliency, [Box("", "", *(box[side] for side in ("x", "y", "width", "height")))])
    assert abs(box["share"] - share) < 1e-4
    grey = np.array(Image.open(tmp_path / "map").convert("L"))
    np.testing.assert_allclose(grey, 255 * saliency / saliency.max(), rtol=0, atol=1)
    look(page, "demo")


def test_without_the_server(page: Page, server: ThreadingHTTPServer, files: Path):
    compare(page, files / "coffee.png", "best", choice("best"))  # the visit
    server.shutdown()
    server.server_close()
    page.reload()  # from what the browser keeps
    says(page, "^Ready")
    compare(page, files / "rocket.png")
    compare(page, files / "rocket.png", "best", choice("best"))


def test_from_the_disk(browser: Browser, demo: Path, files: Path):
    with opened(browser, (demo / "index.html").as_uri(), offline=True) as page:
        compare(page, files / "coffee.png")
        compare(page, files / "coffee.png", "best", choice("best"))
