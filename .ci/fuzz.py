"""Give hostile inputs to every reader and command. Hypothesis draws them, and makes each failure small.

    python .ci/fuzz.py [--seed 0] [--only pictures weights ...]      all of them, some minutes
    python .ci/fuzz.py --short                                       one in ten, under a minute (make test)

A reader returns what is right, or refuses in one line that names the file or value. It fails by any other error,
which a command would show as a traceback, by a line without a name, by a wrong result without a word, by 20 s or
2 GB more memory, by a file that is lost or changed, and by anything executed.
"""
import argparse
import contextlib
import dataclasses
import gzip
import io
import json
import os
import pickle
import re
import socket
import struct
import sys
import tempfile
import time
import unicodedata
import warnings
import zlib
from collections.abc import Callable
from functools import cache, partial
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import numpy as np
import scipy.io
import torch
import yaml
from hostile import (
    Case, cases, changes, cuts, damaged, mutated, one, Payload, place, RAW, saved, texts, torch_file,
    try_door, VALUES, zeros, zip_bomb, zipped,
)
from hypothesis import given, strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image
from safetensors.torch import save as safetensors_bytes

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from salgan import datasets, models, reporting, runs, scoring, study, training
from salgan.__main__ import COMMANDS, function_of, main as salgan
from salgan.checks.speed import Benchmark
from salgan.datasets import commands, images
from salgan.models import lasagne_shapes, load_authors_weights
from salgan.prediction import Predictor, exports, regions, videos
from salgan.reporting import drawings, page, tables
from salgan.scoring import exchange, saliency_maps
from salgan.training import checkpoints
from salgan.training.configuration import command_config
from salgan.training.data import kept_features

SLOW = ("bombs", "onnx")  # kinds whose files take long to make
DOORS = {}  # name -> kind, examples, strategy of cases, and what reads a case in a folder and raises where it is wrong


def door(kind: str, examples: int, cases: Callable):
    return lambda read: DOORS.setdefault(read.__name__, (kind, examples, cases, read))[3]


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
    return code, [line for line in told.splitlines() if re.match("salgan[- ][a-z]+:", line)]


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


def lying(form: str, side: int = 49_151) -> bytes:
    "A small picture whose header promises a large square."
    data = encoded(form).replace(b"64 48", b"%d %d" % (side, side))
    for kind, sizes in {">II": (64, 48), "<ii": (64, 48), "<HH": (64, 48), ">HH": (48, 64)}.items():
        data = data.replace(struct.pack(kind, *sizes), struct.pack(kind, side, side))
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

READ_FIRST = dict(predict="in/a.png", score="maps", train="quick", evaluate="fast", export="x.onnx", submit="maps",
                  download="osie", **{"import": "table.txt"})  # what a command asks for besides options


def command_cases() -> st.SearchStrategy:
    "Every option of every command with a value that it cannot have, and what is read replaced by what is none."
    lines = [(name, [word]) for name in COMMANDS for word in ("empty", "none/none.jpg", "\0", "x" * 5000, "../../etc/passwd")]
    lines += [(name, []) for name in COMMANDS] + [(name, [READ_FIRST[name], "--nothing"]) for name in COMMANDS]
    for name in COMMANDS:
        for action in function_of(name, "parser")()._actions:
            number = action.type in (int, float)
            wrong = ["none"] if action.choices else ["x", "9" * 30 + "x", ""] if number else ["\0", "a\0b", "x" * 5000]
            lines += [(name, [READ_FIRST[name], action.option_strings[-1], word])
                      for word in wrong if action.option_strings and action.nargs != 0 and action.dest != "cache"]
    files = {"in/a.png": encoded("PNG"), "images/a.png": encoded("PNG"), "maps/a.npy": saved(np.save, MAP), "empty": "folder",
             "fixations.csv": b"stimulus,x,y\na.png,9,9\n", "table.txt": b"Stimulus\tX\n"}
    return st.sampled_from(lines).map(lambda line: Case(f"{line}"[:200], files, "refuse", line, ("salgan",)))


@door("commands", 150, command_cases)
def command(folder, case):
    with contextlib.chdir(folder):
        code, lines = run_command(case.extra[0], *case.extra[1])
    if code:
        raise ValueError(lines[0] if len(lines) == 1 else lines)


def folder_cases() -> st.SearchStrategy:
    names = st.lists(NAMES.map(lambda name: f"in/{name}.jpg"), unique=True, max_size=6)
    manifests = st.just({}) | texts(dict(weights="x", size=[48])).map(lambda d: {"out/salgan-predict.json": d})
    good = {"in/good.png": encoded("PNG"), "g.safetensors": small_network()}
    return st.builds(lambda broken, left: Case(f"{broken} and {left}", good | dict.fromkeys(
        broken, encoded("JPEG")[:200]) | left, extra=len([name for name in broken if "/." not in name]),  # hidden
        named=("salgan-predict.json",)), names, manifests)


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
        sources = [path for path in (folder / "in").rglob("*") if path.is_file()]
        for source in sources:
            twins = [other for other in sources if other.with_suffix("") == source.with_suffix("")]
            stem = folder / "out" / source.relative_to(folder / "in")
            found = np.load(stem.with_suffix(".npy") if len(twins) == 1 else f"{stem}.npy")
            assert np.allclose(found, predictor.predict(source), atol=1e-3), f"a stale map of {source.name}"


FOREIGN = {  # command, whose words are paths below the folder or options -> names of its results
    "predict in -o out --model g.safetensors --crop 1:1 --boxes b.csv --html out/p.html --format "
    "png,png8,npy,npz,overlay,regions": [
        *(f"out/a{end}" for end in ("_saliency.png", "_8bit.png", ".npy", ".npz", "_overlay.png", "_regions.csv",
                                    "_attention.csv", "_crop_1x1.png")), "out/attention.csv", "out/p.html"],
    "predict c.mp4 -o out --model g.safetensors --format npy": [
        "out/c_overlay.mp4", "out/c_frames/times.csv", "out/c_frames/000000.npy", "out/c_frames/000001_8bit.png"],
    "predict in/a.png -o m.npy --model g.safetensors": ["m.npy"], "export n.onnx --model g.safetensors": ["n.onnx"],
    "export n.pt2 --model g.safetensors": ["n.pt2"],
    "score maps --dataset folder --root . --no-emd --workers 1": [
        f"maps/scores/{name}" for name in ("scores.csv", "summary.json", "salgan-score.json")]}


def foreign_cases() -> st.SearchStrategy:
    "A file, link, folder or pipe of somebody else where a result goes."
    read = {"in/a.png": encoded("PNG"), "c.mp4": film(2), "g.safetensors": small_network(), "maps/a.npy": saved(np.save, MAP),
            "images/a.png": encoded("PNG"), "fixations.csv": b"stimulus,x,y\n" + b"a.png,9,9\na.png,40,30\n" * 20,
            "b.csv": b"image,name,x,y,width,height\na.png,l,0,0,9,9\n"}
    theirs = st.binary(max_size=99) | st.sampled_from(["loop", "dangling", "folder", "fifo", "device"])
    places = st.sampled_from([(words, name) for words, names in FOREIGN.items() for name in names])
    return st.builds(lambda place, what: Case(
        f"{what!r:.60} as {place[1]}", {place[1]: what} | read,
        "either" if (place[1], what) == ("m.npy", "folder") else "refuse", place[0].split()), places, theirs)


@door("commands", 90, foreign_cases)
def foreign(folder, case):
    with contextlib.chdir(folder):
        code, lines = run_command(*case.extra)
    assert os.path.lexists(folder / case.name), "it is gone"
    if code:
        raise ValueError(lines[0] if len(lines) == 1 else lines)


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


ROWS = [["stimulus", "x", "y", "observer"], ["a.jpg", "3.0", "4.0", "1"], ["a.jpg", "5.5", "6.0", "2"]]
OWN = {"images/a.jpg": encoded("JPEG"), "images/b.jpg": encoded("JPEG"), "fixations.csv": b""}


def table_of(rows: list, sign: str = ",", end: str = "\n") -> str:
    return end.join(sign.join(map(str, row)) for row in rows) + end


def own_cases() -> st.SearchStrategy:
    "A folder of one's own: images, and a table of fixations as programs write it, or one that is wrong somewhere."
    own, table, pick = partial(cases, others=OWN, extra=datasets.FixationFolder), table_of(ROWS), st.sampled_from
    rows = pick([ROWS, [[" Stimulus", "X", "Y ", "Subject"], *ROWS[1:]], [*ROWS, ["b.jpg", -5, 1e9, ""]]])
    right = st.builds(table_of, rows, pick(",;\t|"), pick(["\n", "\r\n", "\n\n"]))
    right = st.builds(str.encode, right, pick(["utf-8", "utf-8-sig", "utf-16"]))
    cells = pick(["nan", "inf", "1e999", "=1+1", "0x1", "1_0", "one", '"', "", "1,5"])
    cell = st.builds(table.replace, pick(["3.0", "4.0", "5.5", "6.0"]), cells)
    head = pick(["stimulus,x,y,x", "stimulus,x,y,X", "stimulus,x", "", "stimulus,x,y,observer,subject,observer"])
    more = pick(["", "a.jpg,1", "a.jpg,1,2,3,4", ",1,2", "z.jpg,1,2", "p/a.jpg,1,2,\nq/a.jpg,1,2,"])
    torn = head.map(lambda names: f"{names}\na.jpg,1,2,3\n") | more.map(f"{table_of(ROWS[:1])}{{}}\n".format)
    sized = pick([0, -5, 0.5, 1e9, 640]).map(lambda side: table_of(
        [["stimulus", "x", "y", "width", "height"], ["a.jpg", 1, 2, 64, 48], ["a.jpg", 1, 2, side, side]]))
    packed = [gzip.compress(table.encode()), zipped({"a": b"x"}), encoded("PNG"), b"a\0b,c\0"]
    said = texts(dict(sigma=3.0, origin=0)) | pick([b'{"sigma": 3, "sigma": 9}', b'{"sigma": 1e999}'])
    return st.one_of(
        own("fixations.csv", right, must="read"), own("fixations.csv", damaged(table.encode() * 3), packed, things=True),
        own("fixations.csv", st.one_of(cell, torn, sized).map(str.encode), must="refuse"),
        cases("fixations.json", said, others=OWN | {"fixations.csv": table.encode()}, extra=datasets.FixationFolder))


@door("recordings", 330, recording_cases)
def recording(folder, case):
    "What preparation makes of a set's first image: points, and a density in its range."
    dataset = case.extra(folder)
    points, density = dataset.fixations(0), dataset.density(0)
    assert density.shape == dataset.size(0) and 0 <= density.min() <= density.max() <= 1, "a density out of range"
    assert points.dtype == np.float64 and points.shape == (len(points), 3) and np.isfinite(points).all(), "no points"
    assert case.must != "read" or points.tolist() == [[3, 4, 1], [5.5, 6, 2]], f"other points: {points.tolist()}"


DOORS["own_recording"] = ("tables", 150, own_cases, recording)


def observer_cases() -> st.SearchStrategy:
    "People whose ids differ little, each spelled in several ways, or left out."
    number = st.integers(0, 10**20)
    near = number.flatmap(lambda n: st.sampled_from([f"{n}", f"{n + 1}", f"0{n}", f"{n}.0", f"{n}e1"]))
    people = st.lists(near | st.sampled_from(["S1", "S01", "é", "e"]), min_size=1, max_size=5, unique=True)
    spell = st.sampled_from(["{}", " {} ", "", "NaN", str.swapcase, partial(unicodedata.normalize, "NFD")])
    looks = people.flatmap(lambda ids: st.lists(st.tuples(st.sampled_from(ids), spell), min_size=1, max_size=9))

    def case(looks):
        said = [spell(name) if callable(spell) else spell.format(name) for name, spell in looks]
        table = table_of([ROWS[0], *(["a.jpg", k, 3, f'"{text}"'] for k, text in enumerate(said))])
        right = [-1 if text in ("", "NaN") else name for (name, _), text in zip(looks, said)]
        return one("fixations.csv", table.encode(), "read", OWN, extra=right)

    return looks.map(case)


@door("tables", 60, observer_cases)
def observers(folder, case):
    "Each person has a number, and no other; who is not named has none."
    found = datasets.FixationFolder(folder).fixations(0)[:, 2].astype(int).tolist()
    assert len({*zip(found, case.extra)}) == len({*found}) == len({*case.extra}), f"{found} for {case.extra}"
    assert all((number == -1) == (name == -1) for number, name in zip(found, case.extra)), "unknown, but numbered"


UNITS = dict(pixels=lambda v, side: v, fractions=lambda v, side: v / side, heights=lambda v, side: v / 48 - 0.5,
             degrees=lambda v, side: v / 40, screen=lambda v, side: 10 * v, middle=lambda v, side: v - side / 2)


def unit_cases() -> st.SearchStrategy:
    "Ninety looks by three observers: all in one unit, or in another along an axis or of one observer."
    def case(units, number, some, swapped):
        points, people = np.random.default_rng(number).random((90, 2)) * [63, 47], np.arange(90) % 3
        other = [UNITS[unit](points[:, k], side) for k, (unit, side) in enumerate(zip(units, (64, 48)))]
        points = np.where((people > 0)[:, None] & some, points, np.stack(other, 1))[:, ::-1 if swapped else 1]
        table = table_of([ROWS[0], *([f"{'ab'[k % 2]}.jpg", *points[k].round(5), people[k]] for k in range(90))])
        return Case(f"{units}, {some=}, {swapped=}", OWN | {"fixations.csv": table.encode()}, extra=(*units, swapped))

    unit = st.sampled_from(list(UNITS))
    return st.builds(case, st.tuples(unit, unit), st.integers(0, 99), st.booleans(), st.booleans())


@door("tables", 60, unit_cases)
def units(folder, case):
    "Coordinates in other units than pixels are refused or named, and pixels are taken."
    try:
        lines = datasets.describe_problems(datasets.FixationFolder(folder), folder=folder / "cache")
    except ValueError as reason:
        lines = [reason]
    assert (case.extra == ("pixels", "pixels", False)) != bool(lines), f"said of {case.extra}: {lines}"


# ---- what is larger than the limits ----


def head_of(count: int, sides: int) -> dict:
    tensor = dict(dtype="F32", shape=[1] * sides, data_offsets=[0, 4])
    return {"g.safetensors": with_header(json.dumps({f"t{k}": tensor for k in range(count)}).encode(), bytes(4))}


def own_table(header: str, rows: str) -> dict:
    return {"fixations.csv": f"{header}\n{rows}".encode()} | {k: v for k, v in OWN.items() if k != "fixations.csv"}


OVER = {  # limit -> files that exceed it, with so many of what it counts
    "picture": lambda n: {"a.png": lying("PNG", int(n**0.5) + 1)}, "map": lambda n: {"a.npy": npy_header(1, n)},
    "recording": lambda n: own_table("stimulus,x,y,width,height", f"a.jpg,1,2,{n},48"),
    "columns": lambda n: own_table(",".join(["stimulus,x,y", *map(str, range(n))]), "a.jpg,1,2"),
    "stimuli": lambda n: own_table("stimulus,x,y", "".join(f"{k}.jpg,1,2\n" for k in range(n))),
    "boxes": lambda n: {"boxes.csv": b"image,name,x,y,width,height\n" + b"a.jpg,l,1,2,3,4\n" * n},
    "head": lambda n: {"g.safetensors": with_header(b"{" + b" " * n)},
    "tensors": lambda n: head_of(n, 1), "sides": lambda n: head_of(1, n),
    "network": lambda n: {"config.json": b'{"rows": 4096, "columns": %d}' % (n // 65_536 * 16 + 16),
                          "generator.safetensors": small_network()},
    "json": lambda n: {"config.json": n, "generator.safetensors": small_network()}, "weights": lambda n: {"g.pth": n},
    "table": lambda n: {"fixations.csv": n}, "yaml": lambda n: {"a.yaml": b"x: " + b"y" * n},
    "nesting": lambda n: {"a.yaml": b"x: " + b"[" * n + b"]" * n}}
OPENED = {"a.png": datasets.read_image, "a.npy": saliency_maps.read_saliency, "g.safetensors": models.load_network,
          "g.npz": models.load_network, "g.pth": models.load_network, "a.npz": saliency_maps.read_saliency,
          "config.json": lambda path: Predictor.from_run(path.parent), "a.yaml": lambda path: command_config(path, []),
          "boxes.csv": regions.read_boxes, "fixations.csv": lambda path: datasets.FixationFolder(path.parent)}


def limit_cases() -> st.SearchStrategy:
    return st.builds(lambda name, share: Case(f"{share:.2f} times the most of {name}", OVER[name](
        int(runs.LIMITS[name].most * share) + 16), "refuse", named=("at most", "mmap")), st.sampled_from(list(OVER)), st.floats(1, 4))


@door("limits", 60, limit_cases)
def limited(folder, case):
    "What is larger than a limit is refused, by its name."
    return OPENED[case.name](folder / case.name)


# ---- archives ----

SOURCE = commands.Source(url="https://example.org/set.zip", folder="set", patterns=("data/*.txt",),
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
    commands.unpack(folder / "set.zip", SOURCE, out)
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
    if faults := exchange.validate_submission(folder / "maps.zip", TwoImages(["a", "b"])):
        one = all(len(fault.splitlines()) == 1 for fault in faults)
        raise ValueError(f"maps.zip: {'; '.join(faults)}" if one else faults)  # the command says the name


# ---- parameters ----

CONFIGS = (datasets.tables.RecordingSettings, datasets.PrepareConfig, training.TrainingConfig, scoring.EvaluationConfig, scoring.ScoringConfig,
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


def yaml_cases() -> st.SearchStrategy:
    "A file of parameters: with hostile values, with YAML's own programs, and with fields given twice."
    words = st.sampled_from(["&a [*a]", "*b", "!!python/object/apply:os.system [x]", "!!binary aGk=", "1_0", "010", "1:30",
                             "{<<: {seed: 1}}", "2026-11-30", "1e999", "? [a]", "!x y", "%YAML 9", "\0", "{a: 1, a: 2}"])
    words |= st.builds(str.__mul__, st.sampled_from(["[", "{a: ", "- ", "? "]), st.integers(30, 10**5))
    field, text = st.sampled_from(["rows", "width", "batch_size", "bootstrap_epochs"]), yaml.safe_dump(FIELDS)
    wrong = st.builds("{}: {}\n".format, field, words) | field.map(lambda name: f"{text}{name}: {FIELDS[name]}\n")
    other = mutated(FIELDS, [*VALUES, 2**64, "é", -0.0]).map(yaml.safe_dump)
    own = partial(cases, "a.yaml", named=("a.yaml", "parameter"))
    return own(wrong.map(str.encode), must="refuse") | own(damaged(text.encode()) | other.map(str.encode), things=True)


@door("parameters", 120, yaml_cases)
def parameter_file(folder, case):
    config = command_config(folder / "a.yaml", [])
    assert isinstance(config, training.TrainingConfig)


# ---- what a run leaves, and the page that shows it ----

FIELDS = dict(run="fuzz/a", dataset="popout", width=1 / 32, weights=None, rows=32, columns=48, batch_size=2, images=4,
              validation_images=2, bootstrap_epochs=1, adversarial_epochs=0)
METRICS = {"popout-test": dict(protocol="mit", images=2, metrics=dict(
    NSS=dict(mean=1.0, low=0.5, high=1.5, undefined=0)))}
RUN = {"config.json": json.dumps(FIELDS | dict(content="bce", downsample=4, seed=0)).encode(),
       "log.csv": b"epoch,phase,updates,content,val_CC\n1,bootstrap,10,0.5,0.25\n2,adversarial,10,0.25,0.5\n",
       "scores.csv": b"set,image,NSS,CC\npopout-test,a,1.5,0.25\npopout-test,b,0.5,0.75\n",
       "metrics.json": json.dumps(METRICS).encode()}
READ = {"config.json": runs.read_run, "log.csv": lambda folder: drawings.training_curves({"run": folder}).clear(),
        "scores.csv": scoring.read_scores, "metrics.json": lambda folder: tables.read_metrics(folder, "popout-test"),
        "checkpoint/last.pt": checkpoints.read_checkpoint}


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
        right = torch.load(io.BytesIO(checkpoint()), weights_only=True)
        assert torch_file({name: result[name] for name in right}) == torch_file(right), "other values"


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


def film(frames: int = 8) -> bytes:
    "Moving pictures."
    import av
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as out:
        track = out.add_stream("libx264", rate=8)
        track.width, track.height, track.pix_fmt = 64, 48, "yuv420p"
        for k in range(frames):
            out.mux(track.encode(av.VideoFrame.from_ndarray(np.roll(PIXELS, 4 * k, 1), format="rgb24")))
        out.mux(track.encode())
    return file.getvalue()


def film_cases() -> st.SearchStrategy:
    lies = [b"", b"hello" * 100, bytes(10_000), b"#EXTM3U\n#EXTINF:1,\n/etc/passwd\n",
            b"ffconcat version 1.0\nfile /etc/passwd\n"]
    words = st.sampled_from(["http", "https", "tcp", "udp", "concat", "subfile", "data", "crypto", "file", "pipe", "cache",
                             "async", "rtmp", "ffconcat", "image2", "%d", "-i", "C"])
    port = server().getsockname()[1]
    rest = st.sampled_from(["secret", f"/127.0.0.1:{port}/a", f"127.0.0.1:{port}", "secret.mp4|secret", "0", ",,start,0,:s"])
    named = st.builds("{}:{}.mp4".format, words, rest).map(lambda name: Case(
        name, {name: film(), "secret.mp4": film(3)}, "read", 8))
    return named | cases("clip.mp4", damaged(film()), [*lies, encoded("PNG")], things=True)


@cache
def server() -> socket.socket:
    "What nobody may ask."
    listening = socket.create_server(("127.0.0.1", 0))
    listening.setblocking(False)
    return listening


@door("films", 60, film_cases)
def overlaid(folder, case):
    with contextlib.chdir(folder):
        frames = videos.overlay_video(Predictor(network(), (48, 64)), Path(case.name), Path("out.mp4"))
    assert case.extra in (None, frames) and 0 < frames <= 8, f"{frames} frames"
    with contextlib.suppress(BlockingIOError):
        raise AssertionError(f"{server().accept()[1]} was contacted")


def bomb_cases() -> st.SearchStrategy:
    array = npy_header(3 * 2**14, 2**14)
    return st.sampled_from([one(name, zip_bomb(member, head), "refuse") for name, member, head in (
        ("a.npz", "a.npy", array), ("g.npz", "arr_0.npy", array), ("g.pth", "g/data.pkl", b"\x80\x02}q\x00."))])


DOORS["bomb"] = ("bombs", 6, bomb_cases, limited)


def matlab_bombs() -> st.SearchStrategy:
    packed, file = zeros(struct.pack("<II", 14, 3 * 2**30)), f"fixations/val/{COCO}.mat"
    mat = saved(scipy.io.savemat, dict(x=1))[:128] + struct.pack("<II", 15, len(packed)) + packed
    return cases(file, wrong=[mat], others={f"images/val/{COCO}.jpg": encoded("JPEG")}, extra=RECORDINGS[file][0])


DOORS["matlab_bomb"] = ("bombs", 2, matlab_bombs, recording)
DOORS["packed_bomb"] = ("bombs", 2, lambda: cases("maps.zip", wrong=[zip_bomb("b.png", encoded("PNG"))]), submission)


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
    for name, (kind, most, *readers) in DOORS.items():
        if (asked.only and kind not in asked.only) or (asked.short and kind in SLOW):
            continue
        start = time.monotonic()
        tried, wrong = try_door(*readers, most // 10 + 1 if asked.short else most, asked.seed)
        total, failed = total + tried, failed + bool(wrong)
        took = f"{tried:4} cases {time.monotonic() - start:6.1f} s"
        print(f"{'FAILED' if wrong else 'passed'}  {kind:11} {name:17} {took}")
        print(f"        {wrong!r}\n" * bool(wrong), end="", flush=True)
    print(f"{total} cases tried in {time.monotonic() - begun:.0f} s, seed {asked.seed}; {failed} readers failed")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
