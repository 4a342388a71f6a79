"""Give hostile inputs to every reader and command. Hypothesis draws them, and makes each failure small.

    python .ci/fuzz.py [--seed 0] [--only pictures weights ...]      all of them, some minutes
    python .ci/fuzz.py --short                                       one in ten, under a minute (make test)

A reader returns what is right, or refuses in one line that names the file or value. It fails by any other error,
which a command would show as a traceback, by a line without a name, by a wrong result without a word, by 20 s or
2 GB more memory, by a file that is lost or changed, and by anything executed.
"""
import argparse
import contextlib
import copy
import dataclasses
import gzip
import io
import json
import multiprocessing
import os
import pickle
import re
import resource
import signal
import struct
import sys
import tempfile
import time
import warnings
import zipfile
import zlib
from collections.abc import Callable
from functools import cache, partial
from html.parser import HTMLParser
from pathlib import Path
from typing import TextIO

import nbformat
import numpy as np
import scipy.io
import torch
from hypothesis import HealthCheck, Phase, given, seed, settings, strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image
from safetensors.torch import save as safetensors_bytes

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from salgan import datasets, models, reporting, runs, scoring, study, training
from salgan.__main__ import main as salgan
from salgan.checks.speed import Benchmark
from salgan.datasets import downloads, images
from salgan.models.authors_weights import lasagne_shapes, load_authors_weights
from salgan.prediction import Predictor, exports, videos
from salgan.reporting import curves, page, tables
from salgan.scoring import saliency_maps, submissions
from salgan.training import checkpoints
from salgan.training.data import kept_features

LONGEST, MOST_MEMORY = 20, 2 * 2**30  # seconds; bytes more than before
SLOW = ("bombs", "onnx")  # kinds whose files take long to make
CANARY = Path(tempfile.gettempdir()) / f"executed_{os.getpid()}"
DOORS = {}  # name -> kind, examples, strategy of cases, and what reads a case in a folder and raises where it is wrong


@dataclasses.dataclass
class Case:
    "What lies in the folder of a try, and what must come of it."
    about: str
    files: dict[str, bytes | str]  # path -> bytes, or which odd thing lies there; the first is the hostile one
    must: str = "either"  # "refuse", "read" or either
    extra: object = None  # what the reader wants to know besides
    named: tuple[str, ...] = ()  # what a refusal names one of; by default the first file

    name = property(lambda self: next(iter(self.files), ""))


def door(kind: str, examples: int, cases: Callable):
    return lambda read: DOORS.setdefault(read.__name__, (kind, examples, cases, read))[3]


# ---- one try, and the process of all tries of a door ----


def place(files: dict, folder: Path) -> None:
    "Put files and odd things into a folder."
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            path.write_bytes(content)
        elif content in ("fifo", "folder"):
            (os.mkfifo if content == "fifo" else os.mkdir)(path)
        else:
            path.symlink_to(dict(loop=path.name, device="/dev/zero", dangling="nowhere")[content])


def contents(folder: Path) -> dict[Path, int]:
    "Checksums of the plain files below a folder, without caches, which may be built again."
    return {path: zlib.crc32(path.read_bytes()) for path in folder.rglob("*")
            if path.is_file() and not path.is_symlink() and "cache" not in path.parts}


def unclear(error: BaseException, named: tuple[str, ...]) -> str | None:
    "What is wrong with a refusal."
    text = str(error)
    if not isinstance(error, (ValueError, OSError)) or "MemoryError" in text:
        return f"{type(error).__name__}: {text[:300]}"
    if not any(name in text for name in named):
        return f"names none of {', '.join(named)}: {text[:150]}"
    return f"many lines: {text[:150]}" if len(text.strip().splitlines()) > 1 else None


def peak_memory() -> int:
    return int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) * 1024


def judge(case: Case, read: Callable, folder: Path) -> str | None:
    "Read one case, and say what is wrong with the answer."
    place(case.files, folder)
    before = contents(folder)
    Path("/proc/self/clear_refs").write_text("5")  # resets the peak
    memory, wrong = peak_memory(), None
    try:
        result = read(folder, case)
        wrong = f"taken without a word: {str(result)[-150:]}" if case.must == "refuse" else None
    except BaseException as error:
        wrong = unclear(error, case.named or (Path(case.name).name,))
        wrong = wrong or (f"refused: {error}" if case.must == "read" else None)
    after = contents(folder)
    if CANARY.exists():
        CANARY.unlink()
        return "code in the file was executed"
    if lost := [path.name for path, checksum in before.items() if after.get(path) != checksum]:
        return f"lost or changed: {', '.join(lost)}"
    return "more than 2 GB" if peak_memory() - memory > MOST_MEMORY else wrong


def try_all(told: TextIO, strategy: Callable, read: Callable, most: int, number: int) -> None:
    "Judge cases with limited memory and time, and without a word to the terminal; tell each, then what is wrong."
    def tell(what: object) -> None:
        signal.alarm(LONGEST)  # ends a process that does not tell more in time
        print(json.dumps(what), file=told, flush=True)

    tell("cases are made")
    signal.alarm(6 * LONGEST)  # this takes longer
    for stream in (1, 2):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream)
    drawn = strategy()
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + 3 * MOST_MEMORY // 2,) * 2)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    @seed(number)
    @settings(max_examples=most, deadline=None, database=None, phases=[Phase.generate, Phase.shrink],
              suppress_health_check=list(HealthCheck), report_multiple_bugs=False, print_blob=False)
    @given(drawn)
    def attempt(case):
        tell(case.about[:300])
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            if wrong := judge(case, read, Path(folder).resolve()):
                raise AssertionError(f"{case.about[:300]}: {wrong}")

    try:
        tell(dict(wrong=attempt()))
    except Exception as failure:
        tell(dict(wrong=str(failure)))


def try_door(name: str, most: int, number: int) -> tuple[int, str | None]:
    "How many cases were tried, and what is wrong: the smallest case that fails, or the one that ends a process."
    with tempfile.TemporaryFile("w+") as told:
        process = multiprocessing.get_context("fork").Process(
            target=try_all, args=(told, *DOORS[name][2:], most, number))
        process.start()
        process.join()
        told.seek(0)
        _, *tried, last = ["", *map(json.loads, told)]
    if isinstance(last, dict):
        return len(tried) - 1, last["wrong"]
    return len(tried), f"{last}: {'a hang' if process.exitcode == -signal.SIGALRM else 'the process died'}"


def run_command(*words: str) -> tuple[int, list[str]]:
    "Exit code of `salgan` and its own lines. Raises RuntimeError for a traceback."
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", "backslashreplace") for _ in range(2))
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = salgan(words) or 0
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else 1
            print(ended.code if isinstance(ended.code, str) else "", file=err)
    err.flush()
    told = err.buffer.getvalue().decode()
    if "Traceback" in told:
        raise RuntimeError(told)
    return code, [line for line in told.splitlines() if line.startswith("salgan-")]


# ---- bytes, and how they are damaged ----


class Payload:
    "What a pickle runs when it is opened."

    def __reduce__(self):
        return Path.touch, (CANARY,)


def saved(write: Callable, *values, **options) -> bytes:
    "What a function writes that takes a file first."
    file = io.BytesIO()
    write(file, *values, **options)
    return file.getvalue()


def torch_file(content, **options) -> bytes:
    return saved(lambda file: torch.save(content, file, **options))


def zipped(members: dict[str, bytes], mode: int = 0) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            entry = zipfile.ZipInfo(name)
            entry.external_attr = mode << 16
            archive.writestr(entry, data, zipfile.ZIP_DEFLATED)
    return file.getvalue()


def zeros(head: bytes, **options) -> bytes:
    "Some bytes and 3 GB of zeros, compressed in no time: one block of zeros is repeated."
    packer = zlib.compressobj(9, **options)
    begun = packer.compress(head) + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(bytes(2**24)) + packer.flush(zlib.Z_FULL_FLUSH)
    return begun + 192 * block + packer.flush()


def zip_bomb(name: str, head: bytes) -> bytes:
    "A zip with one member, which begins with some bytes and goes on with zeros."
    packed, inner = zeros(head, wbits=-15), name.encode()
    common = struct.pack("<HHHHIIIHH", 0, 8, 0, 33, 0, len(packed), len(head) + 3 * 2**30, len(inner), 0)
    entry = b"PK\1\2" + struct.pack("<HH", 20, 20) + common + bytes(14) + inner
    body = b"PK\3\4" + struct.pack("<H", 20) + common + inner + packed
    return body + entry + b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, 1, 1, len(entry), len(body), 0)


def cuts(data: bytes) -> st.SearchStrategy:
    return st.integers(0, len(data) - 1).map(lambda n: data[:n])


def changes(data: bytes) -> st.SearchStrategy:
    "One bit flipped, or 64 bytes replaced by as many or fewer others."
    at, others = st.integers(0, len(data) - 1), st.binary(min_size=2, max_size=64)
    flip = st.builds(lambda n, k: data[:n] + bytes([data[n] ^ 1 << k]) + data[n + 1:], at, st.integers(0, 7))
    return flip | st.builds(lambda n, other: data[:n] + other + data[n + 64:], at, others)


def damaged(data: bytes) -> st.SearchStrategy:
    return cuts(data) | changes(data)


def spots(tree) -> list:
    "Every container and key in a tree of dicts and lists."
    items = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    return [spot for key, value in items for spot in [(tree, key), *spots(value)]]


@st.composite
def mutated(draw, tree, values: list) -> object:
    "A tree with one value replaced by a hostile one, left out, or under another name."
    tree = copy.deepcopy(tree)
    holder, key = draw(st.sampled_from(spots(tree)))
    how, value = draw(st.sampled_from(["replace", "replace", "drop", "rename"])), holder.pop(key)
    if how != "drop" and isinstance(holder, list):
        holder.insert(key, draw(st.sampled_from(values)))
    elif how != "drop":
        holder |= {key: draw(st.sampled_from(values))} if how == "replace" else {f"{key} ": value}
    return tree


VALUES = [None, True, "x", "24", "", [], {}, [1], [[1], [2, 3]], {"a": 1}, -1, 0, 0.5, 10**12, 1e300, np.nan, np.inf]
RAW = [b"", b"{", b"[]", b"3", b"null", b'"x"', b"\0", b"\xff\xfe", b"[" * 200_000, bytes(100)]


def texts(tree) -> st.SearchStrategy:
    "JSON beside a right one."
    wrong = mutated(tree, VALUES).map(lambda t: json.dumps(t).encode())
    return wrong | damaged(json.dumps(tree).encode()) | st.sampled_from(RAW)


def one(name: str, data: bytes | str, must: str = "either", others=(), **more) -> Case:
    "A hostile file, and others beside it."
    about = f"a {data} as {name}" if isinstance(data, str) else f"{name}, {len(data)} bytes {data[:60]!r}"
    return Case(about, {name: data} | dict(others) | {name: data}, must, **more)


def cases(name: str, drawn: st.SearchStrategy = st.nothing(), wrong=(), fine=(), must="either", things=False, **more):
    "Cases of a file: drawn contents, contents that must be refused or read, and odd things by its name."
    odd = ["fifo", "folder", "loop", "device", "dangling"] if things else []
    chosen = [one(name, data, "refuse", **more) for data in [*wrong, *odd]]
    chosen += [one(name, data, "read", **more) for data in fine]
    return drawn.map(lambda data: one(name, data, must, **more)) | (st.sampled_from(chosen) if chosen else st.nothing())


# ---- pictures ----

FORMS = {".jpg": "JPEG", ".png": "PNG", ".bmp": "BMP", ".tif": "TIFF", ".gif": "GIF", ".webp": "WEBP",
         ".jp2": "JPEG2000", ".ppm": "PPM", ".avif": "AVIF"}
Y, X = np.mgrid[:48, :64]
PIXELS = np.stack([4 * X, 5 * Y, 2 * (X + Y)], 2).clip(0, 255).astype(np.uint8)  # without symmetry
GREY, SIXTEEN = PIXELS[..., 0], np.round(np.linspace(0, 65535, 48 * 64)).reshape(48, 64).astype(np.uint16)
NAMES = st.sampled_from(["new\nline", "quote'\"", "-o", "sur\udcffrogate", "percent%s%d", "{brace}", "\u202egpj",
                         "a" * 240, "escape\x1b[31m", "<script>alert(1)<!script>", "$(touch executed)", "*"])
NAMES |= st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=50)


def encoded(form: str, pixels=PIXELS, **options) -> bytes:
    picture = pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)
    return saved(picture.save, form, **options)


def lying(form: str) -> bytes:
    "A small picture whose header promises 10^8 pixels or more."
    data = encoded(form).replace(b"64 48", b"49151 49151")
    for kind, sizes in {">II": (64, 48), "<ii": (64, 48), "<HH": (64, 48), ">HH": (48, 64)}.items():
        data = data.replace(struct.pack(kind, *sizes), struct.pack(kind, 49_151, 49_151))
    return data[:29] + struct.pack(">I", zlib.crc32(data[12:29])) + data[33:] if form == "PNG" else data


def picture_cases() -> st.SearchStrategy:
    whole = [cases(f"photo{s}", cuts(encoded(f)), extra=PIXELS) for s, f in FORMS.items()]
    parts = [cases(f"photo{s}", changes(encoded(f)), extra=PIXELS if s == ".png" else None) for s, f in FORMS.items()]
    lies = [cases(f"huge{s}", wrong=[lying(f)]) for s, f in FORMS.items() if s not in (".tif", ".avif")]
    floats = [encoded("TIFF", np.full((48, 64), value, np.float32)) for value in (1, np.nan)]
    good = NAMES.map(lambda name: Case(f"name {name!r}", {f"{name}.jpg": encoded("JPEG")}, "read", PIXELS))
    broken = NAMES.map(lambda name: Case(f"broken, name {name!r}", {f"{name}.jpg": encoded("JPEG")[:200]}, "refuse",
                                         named=(repr(name)[1:-1][:20], name[:20])))
    odd = cases("odd.tif", wrong=[*floats, b""]), cases("odd.jpg", things=True)
    return st.one_of(*map(st.one_of, (whole, parts, lies)), good, broken, *odd)


@door("pictures", 320, picture_cases)
def picture(folder, case):
    "The pixels have the shape that the header promised, and are those that were stored."
    image, frame = datasets.read_image(folder / case.name), images.frame_of(folder / case.name)
    shown = image.permute(1, 2, 0).numpy().astype(float)
    assert image.dtype == torch.uint8 and shown.shape == (*frame, 3), f"{image.dtype} {shown.shape} in {frame}"
    if case.extra is not None:
        assert shown.shape == case.extra.shape and abs(shown - case.extra).mean() < 40, "other pixels"


# ---- commands ----

# what is read, and hostile values of the options ("": in place of what is read, "+": behind it)
COMMANDS = {
    "predict": ("GOOD", {
        "": ["EMPTY", "EMPTY/none.jpg", "\0", "x" * 5000], "--format": ["exe", ""], "--device": ["gpu99", "cuda:77"],
        "--batch": ["0", "-5", "9" * 30 + "x"], "-o": ["GOOD", "/dev/null/x", "/proc/nothing", "a\0b", "x" * 5000],
        "--weights": ["x", "../../etc/passwd", "EMPTY", "GOOD", "a/b/c", "\udcff/x", "w\0"], "+": ["--nothing"]}),
    "score": ("EMPTY", {
        "": ["EMPTY", "GOOD", "EMPTY/none", "\0"], "--dataset": ["none", "osie", "folder"], "--images": ["0", "x"],
        "--protocol": ["none"], "--workers": ["-1"], "--seed": ["-1"], "--split": ["../.."], "--source": ["x"]}),
    "export": ("EMPTY/x.onnx", {
        "": ["EMPTY/x.exe", "/proc/x/y.onnx"], "--weights": ["EMPTY", "GOOD", "EMPTY/none.npz"]}),
    "submit": ("EMPTY", {
        "": ["EMPTY", "GOOD", "EMPTY/none"], "--dataset": ["mit300", "none", "salicon"], "-o": ["EMPTY/x.exe"]}),
    "download": ("osie", {"": ["none"], "--root": ["GOOD", "IMAGES"]}),
    "train": ("quick", {
        "": ["none", "EMPTY/none.yaml", "WRONG.yaml", "LIST.yaml", "../../etc/passwd"],
        "+": ["seed", "seed=-1", "seed=x", "seed=99999999999999", "lr=nan", "lr=[1", "lr={a: b", "rows=17", "rows=1e9",
              "rows=1600000000", "run=../x", "run=/etc/x", "run=a/\0", "nonsense=1", "batch_size=0", "width=nan",
              "root=EMPTY", "experiment=x", "seed=!!python/object/apply:os.system [id]"]})}


def command_cases() -> st.SearchStrategy:
    lines = [(name, [base] * (key != "") + [key] * (key not in ("", "+")) + [value])
             for name, (base, options) in COMMANDS.items() for key, values in options.items() for value in values]
    files = {"good.jpg": encoded("JPEG"), "images/a.jpg": encoded("JPEG"), "WRONG.yaml": b"seed: [1\n",
             "LIST.yaml": b"- seed\n- 1\n", "empty": "folder"}
    return st.sampled_from(lines + [(name, []) for name in COMMANDS]).map(
        lambda line: Case(f"{line}", files, "refuse", line, ("salgan-",)))


@door("commands", 110, command_cases)
def command(folder, case):
    name, words = case.extra
    for key, value in dict(GOOD="good.jpg", EMPTY="empty", IMAGES="images", WRONG="WRONG", LIST="LIST").items():
        words = [word.replace(key, f"{folder}/{value}", 1) for word in words]
    if name == "train" and words:
        words = [*words, f"runs={folder}/runs", f"cache={folder}/cache"]
    code, lines = run_command(name, *words)
    if code:
        raise ValueError(lines[0] if len(lines) == 1 else lines)


def folder_cases() -> st.SearchStrategy:
    names = st.lists(NAMES.map(lambda name: f"in/{name}.jpg"), unique=True, max_size=6)
    manifests = st.just({}) | texts(dict(weights="x", size=[48])).map(lambda d: {"out/salgan-predict.json": d})
    good = {"in/good.png": encoded("PNG"), "g.safetensors": small_network()}
    return st.builds(lambda broken, left: Case(f"{broken} and {left}", good | dict.fromkeys(
        broken, encoded("JPEG")[:200]) | left, extra=len(broken), named=("salgan-predict.json",)), names, manifests)


def predict(folder: Path) -> tuple[int, list[str]]:
    "Predict the pictures in `in` with a small network."
    return run_command("predict", f"{folder}/in", "-o", f"{folder}/out", "--format", "npy",
                       "--weights", f"{folder}/g.safetensors")


@door("commands", 60, folder_cases)
def predicted_folder(folder, case):
    "One good picture among broken ones: it is done, and each of the others has a line."
    code, lines = predict(folder)
    done = (folder / "out/good.npy").is_file() and len(lines) == case.extra and code == (case.extra > 0)
    if not done and not ("out/salgan-predict.json" in case.files and len(lines) == 1 and code):
        raise RuntimeError(f"code {code}, {lines}")


def second_cases() -> st.SearchStrategy:
    "What happens between two predictions into one folder: files that are put there, and files that go."
    other, new = encoded("PNG", PIXELS[::-1].copy()), models.weights_bytes(network(seed=1).state_dict())
    steps = [({"in/a.png": other}, []), ({"in/a.png": encoded("PNG")}, []), ({"in/a.bmp": encoded("BMP")}, []),
             ({"in/a.bmp": encoded("BMP", 255 - PIXELS)}, ["in/a.png"]), ({"in/b/a.png": other}, []),
             ({"out/a.npy": b""}, []), ({"out/a.npy": saved(np.save, MAP)}, []), ({"g.safetensors": new}, []),
             ({}, []), ({}, ["out/a.npy"]), ({}, ["out/salgan-predict.json"])]
    start = ({"in/a.png": encoded("PNG"), "g.safetensors": small_network()}, [])
    return st.lists(st.sampled_from(steps), min_size=1, max_size=3).map(lambda chosen: Case(
        f"{[(list(put), gone) for put, gone in chosen]}", {}, extra=[start, *chosen], named=("salgan-",)))


@door("commands", 60, second_cases)
def predicted_again(folder, case):
    "Whatever changes between two calls: the map is that of picture and network as they are, or the call is refused."
    for put, gone in case.extra:
        for name in gone:
            (folder / name).unlink(missing_ok=True)
        place(put, folder)
        code, lines = predict(folder)
        if code:
            raise ValueError(lines[0] if len(lines) == 1 else lines)
        predictor = Predictor.from_run(folder / "g.safetensors", "cpu")
        for source in (path for path in (folder / "in").rglob("*") if path.is_file()):
            found = np.load((folder / "out" / source.relative_to(folder / "in")).with_suffix(".npy"))
            assert np.allclose(found, predictor.predict(source), atol=1e-3), f"a stale map of {source.name}"


# ---- maps ----

MAP = np.linspace(0, 1, 48 * 64, dtype=np.float32).reshape(48, 64)
SCENES = datasets.PopOut(3, seed=5)


def npz(**values: np.ndarray) -> bytes:
    return saved(np.savez_compressed, **values)


def npy_header(*shape: int) -> bytes:
    return saved(np.lib.format.write_array_header_1_0, dict(descr="<f4", fortran_order=False, shape=shape))


def map_pictures() -> list[Case]:
    "Maps that are pictures of every grey kind: each scores as its values do, or is refused."
    shuffled = np.random.default_rng(0).permutation(256).astype(np.uint8)
    palette = Image.fromarray(np.argsort(shuffled).astype(np.uint8)[GREY])
    palette.putpalette(np.repeat(shuffled, 3).tobytes())  # index -> grey, in no order
    exif = Image.Exif()
    exif[0x0112] = 6
    kinds = dict(grey=(encoded("PNG", GREY), GREY), palette=(encoded("PNG", palette), GREY),
                 deep=(encoded("PNG", SIXTEEN), SIXTEEN), turned=(encoded("PNG", GREY, exif=exif), np.rot90(GREY, -1)),
                 clear=(encoded("PNG", np.dstack([GREY, GREY, GREY, 0 * GREY])), None))
    return [Case(kind, {"a.png": data}, "refuse" if values is None else "either", values)
            for kind, (data, values) in kinds.items()]


def map_cases() -> st.SearchStrategy:
    kinds = arrays.scalar_dtypes() | arrays.array_dtypes() | st.just(np.dtype("f4"))
    drawn = kinds.flatmap(lambda kind: arrays.arrays(kind, arrays.array_shapes(min_dims=0, max_dims=3, min_side=0)))

    def must(a):
        sound = a.dtype.kind in "fiub" and a.ndim in (2, 3) and a.size and np.isfinite(a).all()
        return "either" if sound else "refuse"

    forms = {".npy": saved(np.save, MAP), ".npz": npz(saliency=MAP), ".png": encoded("PNG", SIXTEEN),
             ".jpg": encoded("JPEG", GREY), ".tif": encoded("TIFF", MAP)}
    code = saved(np.save, np.array([[Payload()]]), allow_pickle=True)
    lies = [npy_header(*shape) + bytes(64) for shape in ((10**6, 10**6), (-5, 5), (2**62, 2**62))]
    wrong = {".npy": [*lies, b"\x93NUMPY\x01\x00\xff\xff{" + b"(" * 65000, b"", code],
             ".npz": [npz(), npz(a=MAP, b=MAP), zipped({"a.txt": b"x"}), zipped({"a/": b""}), pickle.dumps(Payload())],
             ".png": [encoded("PNG"), lying("PNG"), b"", b"hello", pickle.dumps(Payload())]}
    return st.one_of(drawn.map(lambda a: one("a.npy", saved(np.save, a), must(a))), st.sampled_from(map_pictures()), *(
        cases(f"a{suffix}", damaged(data), wrong.get(suffix, ()), things=True) for suffix, data in forms.items()))


@cache
def bench():
    return scoring.Benchmark(SCENES, SCENES)


@door("maps", 200, map_cases)
def scored_map(folder, case):
    row = saliency_maps.score_file(0, {0: folder / case.name}, bench(), emd=False)
    if row["note"].startswith("not scored: "):
        raise ValueError(f"{case.name}: {row['note']}")  # another column has the name
    assert "constant" in row["note"] or (0 <= row["AUC-Judd"] <= 1 >= abs(row["CC"])), row
    if case.extra is not None:
        np.save(folder / "values.npy", case.extra.astype(np.float64))
        right = saliency_maps.score_file(0, {0: folder / "values.npy"}, bench(), emd=False)
        assert abs(row["CC"] - right["CC"]) < 1e-6, f"CC {row['CC']}, and of its values {right['CC']}"


# ---- weights ----


@cache
def network(seed: int = 0) -> models.Generator:
    torch.manual_seed(seed)
    return models.Generator(width=1 / 32)


@cache
def small_network() -> bytes:
    return models.weights_bytes(network().state_dict())


def with_header(text: bytes, body: bytes = b"") -> bytes:
    return struct.pack("<Q", len(text)) + text + body


def weights_cases() -> st.SearchStrategy:
    state, first = dict(network().state_dict()), network().state_dict()["encoder.conv1_1.linear.weight"]
    states = mutated(state, [first.to(torch.int8), first > 0, first * torch.nan, first + torch.inf, first[:1],
                             torch.zeros(2), torch.zeros(65, 3, 3, 3), (first.abs() + 1e9).half()])
    lasagne = npz(**{f"arr_{k}": np.full(s, 0.5, np.float32) for k, s in enumerate(lasagne_shapes(network()))})
    body = 8 + struct.unpack("<Q", small_network()[:8])[0]
    headers = mutated(json.loads(small_network()[8:body]), [
        *VALUES, [0, 100], [10**9, 10**9 + 216], [-8, 208], [2**40, 2**40], "I32", "F1"])
    headers = headers.map(lambda h: with_header(json.dumps(h).encode(), small_network()[body:]))
    lies = [struct.pack("<Q", 2**60) + b"{}", struct.pack("<Q", 2**63) + b"{}", bytes(1000), *map(with_header, RAW)]
    codes = [pickle.dumps({"weight": Payload()}), zipped({"x/data.pkl": pickle.dumps(Payload())}),
             gzip.compress(pickle.dumps(Payload())), torch_file({"a": Payload()}), torch_file({"a": first + 0j}), b"",
             b"a network", bytes(1000), b"\x3a\xff\xff\xff\xff\x0f", b"\x3a\x7f" * 50_000]
    kernel = {"conv1_1.weight": torch.ones(64, 3, 3, 3).int()}
    vgg = [safetensors_bytes({}), small_network(), b"", safetensors_bytes(kernel)]
    right = {"g.safetensors": damaged(small_network()) | headers, "g.npz": damaged(lasagne),
             "g.pth": damaged(torch_file(state)) | cuts(torch_file(state, _use_new_zipfile_serialization=False))}
    odd = [cases(f"g{suffix}", wrong=codes + lies * (suffix == ".safetensors"), things=suffix not in ("", ".pkl"))
           for suffix in (".safetensors", ".pth", ".pt", ".bin", ".npz", ".onnx", ".pkl", "")]
    return st.one_of(
        *(cases(name, data) for name, data in right.items()), *odd, cases("vgg.safetensors", wrong=vgg),
        cases("g.pth", states.map(torch_file), must="refuse"),
        cases("g.safetensors", states.map(safetensors_bytes), must="refuse"),
        cases("config.json", texts(dict(rows=48, columns=64, output_blur=5)),
              others={"generator.safetensors": small_network()}, extra="generator.safetensors"))


@cache
def expected_map() -> np.ndarray:
    return Predictor(network(), (48, 64)).predict(PIXELS)


@door("weights", 420, weights_cases)
def weights(folder, case):
    "The network is the one that was stored; with other settings, its maps are maps."
    path = folder / (case.extra or case.name)
    if path.name == "vgg.safetensors":
        return models.load_vgg16(models.Generator(), path)
    if path.suffix == ".npz":
        generator = models.Generator(width=1 / 32)
        load_authors_weights(generator, path)
        biases = [value for name, value in generator.named_parameters() if "bias" in name]
        assert all((value == 0.5).all() for value in biases), "other biases"
    elif path.suffix in (".safetensors", ".pth") and not case.extra:
        found = Predictor(models.load_network(path), (48, 64)).predict(PIXELS)
        assert np.allclose(found, expected_map(), atol=1e-5), "another network"
    else:
        found = Predictor.from_run(path).predict(PIXELS)
        assert found.shape == (48, 64) and np.isfinite(found).all(), "no map"
        assert case.extra or np.allclose(found, expected_map(), atol=1e-5), "another network"


def onnx_cases() -> st.SearchStrategy:
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        file = exports.export_onnx(Predictor(network(), (48, 64)), Path(folder) / "g.onnx")
        return cases("g.onnx", damaged(file.read_bytes()))


DOORS["onnx"] = ("onnx", 75, onnx_cases, weights)

# ---- recordings ----

COORD = np.array([[4.0, 5], [6, 7]])
MATLAB = [np.array([[np.nan, 2]]), np.full((2, 2), np.inf), "abc", np.zeros((4, 5)), COORD + 1j, {"a": 1},
          COORD * 1e300, np.array(["a", "b"], object), np.arange(3.0), 5.0, np.eye(3)]
COCO = "COCO_val2014_000000000001"
SUBJECTS = [dict(fix_x=np.array([3.0, 9]), fix_y=np.array([4.0, 8])), dict(fix_x=5.0, fix_y=6.0)]
RECORDINGS = {  # where the hostile file lies -> its data set, and what it holds; lists of dicts are struct arrays
    "data/eye/fixations.mat": (datasets.OSIE, dict(
        fixations=[dict(img="1001.jpg", subjects=SUBJECTS), dict(img="1002.jpg", subjects=SUBJECTS)])),
    "data/mouse_amt/1001.mat": (partial(datasets.OSIE, source="mouse_amt"), dict(
        fixations=dict(coord=COORD, subj=np.array([1.0, 2])))),
    f"fixations/val/{COCO}.mat": (partial(datasets.SALICON, split="val"), dict(
        gaze=[dict(fixations=COORD), dict(fixations=COORD + 1)])),
    "annotations/fixations_val2014.json": (partial(datasets.SALICON, split="val"), dict(
        images=[dict(id=1, file_name=f"{COCO}.jpg")],
        annotations=[dict(image_id=1, worker_id=3, fixations=[[4, 5], [6, 7]])]))}


def matlab(tree) -> object:
    "A tree as scipy writes it."
    if isinstance(tree, dict):
        return {name: matlab(value) for name, value in tree.items()}
    if not isinstance(tree, list):
        return tree
    structs = bool(tree) and all(isinstance(value, dict) and value.keys() == tree[0].keys() for value in tree)
    rows = np.zeros(len(tree), [(name, object) for name in tree[0]] if structs else object)
    for number, value in enumerate(map(matlab, tree)):
        rows[number] = tuple(value.values()) if structs else value
    return rows


def recording_cases() -> st.SearchStrategy:
    names = ["data/stimuli/1001.jpg", "data/stimuli/1002.jpg", f"images/val/{COCO}.jpg"]
    beside = dict.fromkeys(names, encoded("JPEG")) | {"data/mouse_amt/1002.mat": b""}
    newer = b"MATLAB 7.3 MAT-file" + bytes(105) + b"\x00\x02IM" + b"\x89HDF\r\n\x1a\n" + bytes(64)
    older = struct.pack("<5i", 0, 2**30, 2**30, 0, 5) + b"gaze\0" + bytes(64)

    def data(file, tree):
        if file.endswith(".json"):
            return texts(tree)
        whole = [damaged(saved(scipy.io.savemat, matlab(tree), do_compression=packed)) for packed in (False, True)]
        wrong = mutated(tree, MATLAB).map(lambda t: saved(scipy.io.savemat, matlab(t)))
        return st.one_of(*whole, wrong, st.sampled_from([newer, older, b"hello" * 99, *RAW]))

    return st.one_of([cases(file, data(file, tree), others=beside, extra=dataset)
                      for file, (dataset, tree) in RECORDINGS.items()])


TABLE = "stimulus,x,y,observer,duration\na.jpg,3,4,1,200\na.jpg,5.5,6,2,180\nb.jpg,7,8,1,90\n"
SIZED = "stimulus,x,y,width,height\na.jpg,1,2,64,48\na.jpg,1,2,{0},{0}\n"
WRONG = ["", "stimulus,x,y\n", "a.jpg,3,4\n", "hello", "a\0b,c\0",
         "stimulus,x,y,x\na.jpg,1,2,3\n", "stimulus,x,y,X\na.jpg,1,2,9\n", "stimulus,x,y\na.jpg,1,2,3,4\n",
         "stimulus,x,y,observer,subject,observer\na.jpg,1,2,3,4,5\n", "stimulus,x,y\na.jpg,1\n", "stimulus,x,y\n,1,2\n",
         "stimulus,x,y\nz.jpg,1,2\n", "stimulus,x,y\np/a.jpg,1,2\nq/a.jpg,1,2\n",
         *map(SIZED.format, ("0", "-5", "0.5", "1e9", "640")),
         *(TABLE.replace("5.5", cell) for cell in ("nan", "inf", "1e999", "=1+1", "0x1", "one", '"', ""))]
FINE = ["\ufeff" + TABLE, TABLE.replace("\n", "\r\n"), TABLE.replace("\n", "\n\n"), TABLE.replace("5.5,6", "-5,1e9"),
        TABLE.replace("stimulus,x,y", "Stimulus, X ,Y"), "stimulus;x;y\na.jpg;1;2\n", TABLE.replace("5.5", '"1,5"')]
ENCODED = [TABLE.encode("utf-16"), TABLE.replace(",1,", ",é,").encode("latin-1")]
PACKED = [gzip.compress(TABLE.encode()), zipped({"a": b"x"}), encoded("PNG")]


def own_cases() -> st.SearchStrategy:
    "A folder of one's own: images, a table of fixations, and what is said of it."
    more = {"images/a.jpg": encoded("JPEG"), "images/b.jpg": encoded("JPEG"), "fixations.csv": TABLE.encode()}
    own = partial(cases, others=more, extra=datasets.FixationFolder)

    def must(found):  # numbers alone, in their range
        sound = all(type(v) in (int, float) for v in found.values()) and found.keys() <= {"sigma", "origin"}
        sound = sound and 0 < found.get("sigma", 1) < 1e5 and -2 <= found.get("origin", 0) <= 2
        return "either" if sound else "refuse"

    said = mutated(dict(sigma=3.0, origin=0), [*VALUES, 2, "1", [0], 1e12])
    said = said.map(lambda s: Case(f"{s}", {"fixations.json": json.dumps(s).encode()} | more, must(s),
                                   datasets.FixationFolder))
    wrong, fine = [text.encode() for text in WRONG] + PACKED, [text.encode() for text in FINE] + ENCODED
    settings_ = [b'{"sigma": 3, "sigma": 9}', b'{"sigma": 1e999}', *RAW]
    nothing = cases("fixations.csv", things=True, others={"images/a.jpg": encoded("JPEG")}, extra=own.keywords["extra"])
    return st.one_of(own("fixations.csv", damaged(TABLE.encode() * 3), wrong, fine), said, nothing,
                     own("fixations.json", wrong=settings_))


@door("recordings", 330, recording_cases)
def recording(folder, case):
    "What preparation makes of a set's first image: points, and a density in its range."
    dataset = case.extra(folder)
    points, density = dataset.fixations(0), dataset.density(0)
    assert density.shape == dataset.size(0) and 0 <= density.min() <= density.max() <= 1, "a density out of range"
    assert points.dtype == np.float64 and points.shape == (len(points), 3) and np.isfinite(points).all(), "no points"


DOORS["own_recording"] = ("tables", 150, own_cases, recording)

# ---- archives ----

SOURCE = downloads.Source(url="https://example.org/set.zip", folder="set", patterns=("data/*.txt",),
                         licence_file="LICENSE", digest="0", size=100, licence="none", max_bytes=10**6)
GOOD = {"set/data/a.txt": b"hello " * 50, "set/LICENSE": b"free"}


def archive_cases() -> st.SearchStrategy:
    names = ["../evil.txt", "set/data/../../../evil.txt", "/tmp/evil.txt", "C:/evil.txt", "set\\data\\..\\evil.txt"]
    wrong = [zipped({name: b"x"} | GOOD) for name in names]
    wrong += [zipped({"set/data/l.txt": b"x"}, mode=mode) for mode in (0o120777, 0o020666, 0o010666, 0o140666)]
    wrong += [b"hello", b"", gzip.compress(b"x"), zip_bomb("set/data/b.txt", b"x")]
    named = ("example.org", "archive")
    return cases("set.zip", damaged(zipped(GOOD)), wrong, named=named)


@door("archives", 60, archive_cases)
def archive(folder, case):
    out = folder / "out"
    downloads.unpack(folder / "set.zip", SOURCE, out)
    files = [path for path in folder.rglob("*") if path.is_file() and path.name != "set.zip"]
    for path in files:
        name = f"set/{path.relative_to(out)}"  # raises ValueError that names no archive for one that lies elsewhere
        assert GOOD.get(name, path.read_bytes()) == path.read_bytes(), f"other bytes in {name}"


class TwoImages(list):
    "What a submission is checked against."
    names = property(list)
    size = staticmethod(lambda index: (48, 64))


def submission_cases() -> st.SearchStrategy:
    good = encoded("PNG", GREY)
    some = st.sampled_from([good, good, encoded("PNG", SIXTEEN), encoded("PNG"), lying("PNG"), encoded("JPEG"),
                            encoded("PNG", 0 * GREY), b""])
    members = st.fixed_dictionaries({"a.png": some}, optional=dict.fromkeys(["b.png", "c.png", "../a.png"], some))
    whole = {"a.png": good, "b.png": good}
    return cases("maps.zip", damaged(zipped(whole))) | members.map(lambda found: Case(
        f"{list(found)}", {"maps.zip": zipped(found)}, "read" if found == whole else "refuse"))


@door("archives", 60, submission_cases)
def submission(folder, case):
    if faults := submissions.validate_submission(folder / "maps.zip", TwoImages(["a", "b"])):
        one = all(len(fault.splitlines()) == 1 for fault in faults)
        raise ValueError(f"maps.zip: {'; '.join(faults)}" if one else faults)  # the command says the name


# ---- parameters ----

CONFIGS = (datasets.PrepareConfig, training.TrainingConfig, scoring.EvaluationConfig, scoring.ScoringConfig,
           runs.RunConfig, reporting.FiguresConfig, reporting.ReportConfig, study.StudyConfig, Benchmark)
RUNS = ["../x/y", "/etc/x", "a/../b", "a//b", "a/b\n", "a/\0", "a b/c", "-rf/x", "", "~/x", "a/é", "a" * 5000 + "/b"]


HOSTILE = {  # type -> values that a field of it must refuse
    "int": ["1", 1.5, True, -1, np.nan], "float": ["1e-3", True, np.nan, np.inf, -np.inf], "bool": ["false", 0, 1],
    "str": [1, True], "": [[1], {"a": 1}, b"x", 1 + 2j, object]}
NAMED = dict(rows=[0, 17, 16 * 10**8], columns=[0, 17, 16 * 10**8], seed=[2**32, 10**30], run=RUNS, start=RUNS)


def hostile_values(field: dataclasses.Field) -> list:
    "Values that a field must refuse."
    kind = str(field.type)
    wrong = [value for name, values in HOSTILE.items() if name in kind for value in values]
    wrong += [None] * ("None" not in kind) + ["no such choice"] * bool(field.metadata["choices"])
    return wrong + NAMED.get(field.name, [])


def parameter_cases() -> st.SearchStrategy:
    calls = [(config, field.name, value, f"parameter {field.name}") for config in CONFIGS
             for field in dataclasses.fields(config) for value in hostile_values(field)]
    calls += [(config, name, 1, f"unknown parameter {name}") for config in CONFIGS
              for name in ("nonsense", "Run", "__class__", "", "rows ", "<script>")]
    return st.sampled_from(calls).map(lambda call: Case(f"{call}"[:200], {}, "refuse", call[:3], (call[3],)))


@door("parameters", 450, parameter_cases)
def parameter(folder, case):
    config, name, value = case.extra
    read = config.read({name: value})
    if name in ("run", "start") and value is not None:
        runs.run_folder(getattr(read, "runs", "runs"), value)


# ---- what a run leaves, and the page that shows it ----

FIELDS = dict(run="fuzz/a", dataset="popout", width=1 / 32, weights=None, rows=32, columns=48, batch_size=2, images=4,
              validation_images=2, bootstrap_epochs=1, adversarial_epochs=0)
METRICS = {"popout-test": dict(protocol="mit", images=2, metrics=dict(
    NSS=dict(mean=1.0, low=0.5, high=1.5, undefined=0)))}
RUN = {"config.json": json.dumps(FIELDS | dict(content="bce", downsample=4, seed=0)).encode(),
       "log.csv": b"epoch,phase,updates,content,val_CC\n1,bootstrap,10,0.5,0.25\n2,adversarial,10,0.25,0.5\n",
       "scores.csv": b"set,image,NSS,CC\npopout-test,a,1.5,0.25\npopout-test,b,0.5,0.75\n",
       "metrics.json": json.dumps(METRICS).encode()}
READ = {"config.json": runs.read_run, "log.csv": lambda folder: curves.training_curves({"run": folder}).clear(),
        "scores.csv": scoring.read_scores, "metrics.json": lambda folder: tables.read_metrics(folder, "popout-test"),
        "checkpoint/last.pt": training.read_checkpoint}


@cache
def checkpoint() -> bytes:
    "A checkpoint of a small training that has not begun."
    with tempfile.TemporaryDirectory() as folder:
        state = training.new_state(training.TrainingConfig(**FIELDS), training.make_accelerator())
        state.data = dict(train="0")
        checkpoints.save_checkpoint(state, Path(folder))
        return (Path(folder) / "checkpoint/last.pt").read_bytes()


def run_cases() -> st.SearchStrategy:
    codes = [pickle.dumps(Payload()), torch_file({"a": Payload()}), b"", *map(torch_file, ([1], {}, 3))]
    whole = RUN | {"checkpoint/last.pt": checkpoint()}
    another = Case("another experiment", RUN, "refuse", training.TrainingConfig(**FIELDS, seed=7))
    wrong = {"checkpoint/last.pt": codes}
    files = [cases(name, damaged(data) | st.sampled_from(RAW), wrong.get(name, ()), others=RUN)
             for name, data in whole.items()]
    return st.one_of(*files, cases("metrics.json", texts(METRICS), others=RUN), st.just(another))


@door("run files", 200, run_cases)
def run_file(folder, case):
    "What was read is as sound as what was written."
    if case.extra:
        return runs.open_run(folder, case.extra)
    result = READ[case.name](folder)
    if case.name == "scores.csv":
        numbers = set(result) - {"set", "image", "model"}
        assert {"set", "image"} <= set(result), "columns are missing"
        assert all(result[c].dtype.kind in "fi" or not len(result) for c in numbers), "no numbers"
    if case.name == "checkpoint/last.pt":
        assert torch_file(result) == torch_file(torch.load(io.BytesIO(checkpoint()), weights_only=True)), "other values"


def page_cases() -> st.SearchStrategy:
    hostile = ["[x](javascript:alert(1))", "<script>y</script>", "![x](http://a.example/b.png)", "**x**|y|z",
               "<img src=x onerror=y>", "[x](&#106;avascript:y)", "[x]: data:text/html,y\n[x]", "{{ x }}{% x %}",
               "<a href='file:///etc/passwd'>x</a>", "[x](JaVaScript:y)", "`x`</td><iframe src=y>", "$<b onload=y>$",
               "<javascript:alert(1)>"]
    words = st.lists(st.sampled_from(hostile) | NAMES, min_size=1, max_size=4).map(" ".join)
    return st.builds(lambda text, name: Case(f"{text!r}, {name}", {}, extra=(text, name), named=("page",)),
                     words, st.booleans())


@door("reports", 60, page_cases)
def rendered(folder, case):
    "A page shows names as text, and nothing in it runs or leads elsewhere than to the web."
    text, is_name = case.extra
    shown = f"A model: {reporting.markdown_text(text) if is_name else text}"
    output = nbformat.v4.new_output("display_data", {"text/markdown": shown})
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("", outputs=[output])])
    body = page.render(notebook, folder / "page.html", "a title", "report").read_text()
    body = re.sub(r"<script>\s*</script>", "", body.replace(page.page_file("page.js"), ""))  # its own
    parser, tags = HTMLParser(), []
    parser.handle_starttag = lambda tag, attributes: tags.append((tag, dict(attributes)))
    parser.feed(body)
    for tag, attributes in tags:
        links = [attributes[key] or "" for key in ("href", "src") if key in attributes]
        assert all(re.match(r"(https?:|[^:]*$|[^:]*[/?#])", "".join(link.split()), re.I) for link in links), links
        assert tag not in ("script", "iframe") and not any(key.startswith("on") for key in attributes), tag


def opened_cache(folder: Path) -> list:
    "What a training reads of a cache, and the features of its fixed layers."
    stored = datasets.get_cache(SCENES, (32, 48), folder, verify=True)
    kept = kept_features(stored, network())
    return [list(stored.names), *(np.array(array) for array in (*stored[:4], kept.numpy()))]


@cache
def whole_cache() -> tuple[dict, list]:
    with tempfile.TemporaryDirectory() as name:
        values, folder = opened_cache(Path(name)), Path(name)
        return {f"cache/{p.relative_to(folder)}": p.read_bytes() for p in folder.rglob("*") if p.is_file()}, values


def cache_cases() -> st.SearchStrategy:
    files = whole_cache()[0]
    return st.one_of([cases(name, damaged(data), others=files, named=Path(name).parts[-2:])
                      for name, data in files.items()])


@door("caches", 120, cache_cases)
def opened(folder, case):
    assert all(map(np.array_equal, opened_cache(folder / "cache"), whole_cache()[1])), "other values"


# ---- films, and what unpacks to gigabytes ----


def film() -> bytes:
    "A second of moving pictures."
    import av
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as out:
        track = out.add_stream("libx264", rate=8)
        track.width, track.height, track.pix_fmt = 64, 48, "yuv420p"
        for k in range(8):
            out.mux(track.encode(av.VideoFrame.from_ndarray(np.roll(PIXELS, 4 * k, 1), format="rgb24")))
        out.mux(track.encode())
    return file.getvalue()


def film_cases() -> st.SearchStrategy:
    lies = [b"", b"hello" * 100, bytes(10_000), b"#EXTM3U\n#EXTINF:1,\n/etc/passwd\n",
            b"ffconcat version 1.0\nfile /etc/passwd\n"]
    return cases("clip.mp4", damaged(film()), lies, [encoded("PNG")], things=True)


@door("films", 45, film_cases)
def overlaid(folder, case):
    frames = videos.overlay_video(Predictor(network(), (48, 64)), folder / "clip.mp4", folder / "out.mp4")
    assert 0 < frames <= 8, f"{frames} frames"


def bomb_cases() -> st.SearchStrategy:
    array = npy_header(3 * 2**14, 2**14)
    packed = zeros(struct.pack("<II", 14, 3 * 2**30))
    mat = saved(scipy.io.savemat, dict(x=1))[:128] + struct.pack("<II", 15, len(packed)) + packed
    return st.sampled_from([
        Case("map", {"bomb.npz": zip_bomb("a.npy", array)}, "refuse", (scored_map, None)),
        Case("the authors' weights", {"bomb.npz": zip_bomb("arr_0.npy", array)}, "refuse", (weights, None)),
        Case("weights", {"bomb.pth": zip_bomb("g/data.pkl", b"\x80\x02}q\x00.")}, "refuse", (weights, None)),
        Case("submission", {"maps.zip": zip_bomb("b.png", encoded("PNG"))}, "refuse", (submission, None)),
        Case("fixations", {f"fixations/val/{COCO}.mat": mat, f"images/val/{COCO}.jpg": encoded("JPEG")}, "refuse",
             (recording, RECORDINGS[f"fixations/val/{COCO}.mat"][0])),
        Case("10^8 pixels", {"wide.png": encoded("PNG", Image.new("RGBA", (10_000, 10_000)))}, "read",
             (picture, None))])


@door("bombs", 20, bomb_cases)
def bomb(folder, case):
    read, extra = case.extra
    return read(folder, dataclasses.replace(case, extra=extra))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", nargs="*", help="kinds, such as pictures weights")
    parser.add_argument("--short", action="store_true", help=f"one case in ten, without {' and '.join(SLOW)}")
    asked = parser.parse_args()
    os.environ.update(HF_HUB_OFFLINE="1", TQDM_DISABLE="1")
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    given(st.integers())(lambda number: None)()  # hypothesis reads all modules once, before processes fork
    begun, total, failed = time.monotonic(), 0, 0
    for name, (kind, most, *_) in DOORS.items():
        if (asked.only and kind not in asked.only) or (asked.short and kind in SLOW):
            continue
        start = time.monotonic()
        tried, wrong = try_door(name, most // 10 + 1 if asked.short else most, asked.seed)
        total, failed = total + tried, failed + bool(wrong)
        took = f"{tried:4} cases {time.monotonic() - start:6.1f} s"
        print(f"{'FAILED' if wrong else 'passed'}  {kind:11} {name:17} {took}")
        print(f"        {wrong!r}\n" * bool(wrong), end="", flush=True)
    print(f"{total} cases tried in {time.monotonic() - begun:.0f} s, seed {asked.seed}; {failed} readers failed")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
