"""Give hostile inputs to every reader and command, and count how they are refused.

    python .ci/fuzz.py [--seed 0] [--kinds pictures weights ...]     all of them, some minutes
    python .ci/fuzz.py --short                                       one in ten, under a minute (make test)

An answer is *clear* if it is one line that names the file or value and the cause, or a right result; *poor*
if the line lacks a name or has many lines; *bad* if it is an error that a command would show as a traceback,
a hang of 20 s, 2 GB more memory, a wrong result without a word, a file that was lost or changed, or anything
executed.
Each try has files of its own, and its bytes depend on the seed, its kind and its number alone.
"""
import argparse
import contextlib
import gzip
import io
import json
import multiprocessing
import os
import pickle
import random
import re
import resource
import shutil
import struct
import sys
import tempfile
import time
import traceback
import warnings
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from functools import cache, partial
from pathlib import Path

import numpy as np
import scipy.io
import torch
from PIL import features, Image
from safetensors.torch import save as safetensors_bytes

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from salgan.checks.metric_speed import MetricsBenchmark
from salgan.checks.training_speed import TrainingBenchmark
from salgan.datasets import OSIE, PopOut, PrepareConfig, SALICON, get_cache, read_image
from salgan.datasets import downloads, folders, images
from salgan.datasets.archives import Source, unpack
from salgan.models import Generator, load_generator, load_vgg16, weights_bytes
from salgan.models.authors_weights import lasagne_shapes, load_authors_weights
from salgan.prediction import Predictor, export_command, predict_command
from salgan.prediction.exports import export_onnx
from salgan.prediction.videos import overlay_video
from salgan.reporting import FiguresConfig, ReportConfig
from salgan.reporting.curves import training_curves
from salgan.reporting.tables import read_metrics
from salgan.runs import open_run, read_run, run_folder, RunConfig
from salgan.scoring import EvaluationConfig, read_scores, saliency_maps, score_command, ScoringConfig
from salgan.scoring import submissions, submit_command
from salgan.study import StudyConfig, StudyReportConfig
from salgan.training import new_state, make_accelerator, read_checkpoint, train_command, TrainingConfig
from salgan.training.checkpoints import save_checkpoint
from salgan.training.features import kept_features

LONGEST = 20  # seconds
MOST_MEMORY = 2 * 2**30  # bytes more than before
SHARE = 10  # one try of so many is in the short run
WORST_FIRST = ("bad", "poor", "clear")

# ---- one try, and how it is judged ----


@dataclass
class Try:
    "A hostile input."
    kind: str
    name: str
    make: Callable[[Path], object]  # puts files into an empty folder; returns what is read
    read: Callable[[object], object]  # what is tried
    right: Callable[[object], bool] = lambda result: False  # whether a result without an error is right
    named: tuple[str, ...] = ()  # what an error may name; by default the name of what is read


class Answer(dict):
    "Exit code and what a command printed, as `code`, `out`, `err`."


def run_command(main: Callable, arguments: list[str]) -> Answer:
    "A command in this process, with the strict output of a terminal."
    out = io.TextIOWrapper(io.BytesIO(), "utf-8")
    err = io.TextIOWrapper(io.BytesIO(), "utf-8", "backslashreplace")
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = main(arguments) or 0
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else 1
            print(ended.code if isinstance(ended.code, str) else "", file=err)
    out.flush(), err.flush()
    return Answer(code=code, out=out.buffer.getvalue().decode(), err=err.buffer.getvalue().decode())


def refused(answer: Answer) -> bool:
    "Whether a command said in one line, after its usage, why it did nothing."
    lines = [line for line in answer["err"].splitlines() if line.strip() and "Warning" not in line]
    own = [line for line in lines if line.startswith("salgan-")]
    return answer["code"] != 0 and len(own) == 1 and "Traceback" not in answer["err"]


def judge_error(error: BaseException, named: tuple[str, ...]) -> tuple[str, str]:
    "Whether an error that a reader raised is clear."
    text = str(error)
    if isinstance(error,
                  MemoryError) or "MemoryError" in text or not isinstance(error, (ValueError, OSError)):
        place = traceback.extract_tb(error.__traceback__)[-1]
        return "bad", f"{type(error).__name__}: {text[:150]} ({Path(place.filename).name}:{place.lineno})"
    if not any(name in text for name in named if name):
        return "poor", f"names neither of {', '.join(named)}: {text[:150]}"
    if len(text.strip().splitlines()) > 1:
        return "poor", f"{len(text.splitlines())} lines: {text[:150]}"
    return "clear", text


def peak_memory() -> int:
    "The most memory that this process had since the peak was reset, bytes."
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) * 1024


def contents(folder: Path) -> dict[str, int]:
    "Checksums of the plain files below a folder."
    return {
        os.path.join(top, name): zlib.crc32(Path(top, name).read_bytes())
        for top, _, names in os.walk(folder)
        for name in names if os.path.isfile(file := os.path.join(top, name)) and not os.path.islink(file)
    }


def judge(attempt: Try, folder: Path) -> tuple[str, str]:
    "Make the input, read it, and say what came of it."
    folder.mkdir()
    target, canary = attempt.make(folder), folder.parent / "executed"
    named = attempt.named or (Path(str(target)).name, )
    before, canary_before = contents(folder), canary.exists()
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")  # resets the peak
    memory = peak_memory()
    try:
        result = attempt.read(target)
        right = attempt.right(result)
        told = str(result)[-200:] if isinstance(result, Answer) else type(result).__name__
        verdict, text = ("clear", "right") if right else ("bad", f"taken without a word: {told}")
    except BaseException as error:
        verdict, text = judge_error(error, named)
    after, more = contents(folder), peak_memory() - memory
    lost = [name for name, sum_ in before.items() if after.get(name) != sum_ and not rebuilt(name)]
    if canary.exists() and not canary_before:
        return "bad", "code in the file was executed"
    if lost:
        return "bad", f"lost or changed: {', '.join(lost)}"
    return ("bad", f"{more / 2**30:.1f} GB more memory") if more > MOST_MEMORY else (verdict, text)


def rebuilt(name: str) -> bool:
    "Whether a file holds nothing but what can be made again: a damaged one may be replaced."
    return "/cache/" in name


# ---- processes: one works, this one watches the time ----


def work(attempts: list[Try], first: int, folder: Path, sender) -> None:
    "Judge one try after the other, and send the verdicts."
    limit = int(
        Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize() + 3 * MOST_MEMORY // 2
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    warnings.simplefilter("ignore")
    devnull = os.open(os.devnull, os.O_WRONLY)
    os.dup2(devnull, 2)  # what C libraries print
    os.dup2(devnull, 1)
    sys.stdout = sys.stderr = open(os.devnull, "w")
    for number, attempt in enumerate(attempts[first:], first):
        place = folder / f"{number}"
        sender.send((number, *judge(attempt, place)))
        shutil.rmtree(place, ignore_errors=True)


def try_all(attempts: list[Try], folder: Path) -> Iterator[tuple[Try, str, str, float]]:
    "Every try with its verdict; a process that hangs or dies is replaced."
    context, number = multiprocessing.get_context("fork"), 0
    while number < len(attempts):
        receiver, sender = context.Pipe(duplex=False)
        process = context.Process(target=work, args=(attempts, number, folder, sender))
        process.start()
        sender.close()
        begun = time.monotonic()
        while number < len(attempts):
            try:
                told = receiver.recv()[1:] if receiver.poll(LONGEST) else None
            except EOFError:
                process.join()
                told = ("bad", f"the process died ({process.exitcode})")
                yield attempts[number], *told, time.monotonic() - begun
                number += 1
                break
            yield attempts[number], *(told or ("bad", f"a hang of {LONGEST} s")), time.monotonic() - begun
            number, begun = number + 1, time.monotonic()
            if told is None:
                break
        process.kill()
        process.join()


# ---- damage ----


def cut(data: bytes, draw: random.Random) -> bytes:
    "The first part of a file."
    return data[:draw.randrange(len(data))]


def flip(data: bytes, draw: random.Random) -> bytes:
    "A file with one bit flipped."
    place = draw.randrange(len(data))
    return data[:place] + bytes([data[place] ^ 1 << draw.randrange(8)]) + data[place + 1:]


def garble(data: bytes, draw: random.Random) -> bytes:
    "A file with 64 bytes replaced by as many or fewer others."
    place = draw.randrange(len(data))
    return (data[:place] + draw.randbytes(draw.randint(2, 64)) + data[place + 64:])


DAMAGE = dict(cut=cut, flip=flip, garble=garble)


def put(folder: Path, name: str, data: bytes) -> Path:
    "A file in the folder."
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def damaged(kind: str,
            label: str,
            file: str,
            data: bytes,
            times: int,
            draw: random.Random,
            read: Callable,
            right: Callable = lambda result: False,
            how: tuple[str, ...] = tuple(DAMAGE),
            make: Callable[[Path], object] | None = None,
            named: tuple[str, ...] = ()) -> Iterator[Try]:
    "Tries with one file damaged in each way; `make` prepares the rest and says what is read."
    for damage in how:
        for number in range(times):
            bad = DAMAGE[damage](data, draw)

            def prepare(folder, bad=bad):
                target = make(folder) if make else None
                return put(folder, file, bad) if target is None else (put(folder, file, bad), target)[1]

            yield Try(kind, f"{label}, {damage} {number}", prepare, read, right, named or (Path(file).name, ))


class Payload:
    "What a pickle runs when it is opened."
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (Path(self.path), )


def pickled(folder: Path) -> bytes:
    "A pickle that leaves a file beside the folder of the try."
    return pickle.dumps({"weight": Payload(folder.parent / "executed")})


# ---- pictures ----


def encoded(form: str, pixels: np.ndarray | Image.Image | None = None, **options) -> bytes:
    "A small picture in a format of PIL."
    picture = pixels if isinstance(
        pixels, Image.Image) else Image.fromarray(small_pixels() if pixels is None else pixels)
    file = io.BytesIO()
    picture.save(file, form, **options)
    return file.getvalue()


@cache
def small_pixels() -> np.ndarray:
    "A picture without symmetry, (48,64,3) uint8."
    y, x = np.mgrid[:48, :64]
    return np.stack([4 * x, 5 * y, 2 * (x + y)], 2).clip(0, 255).astype(np.uint8)


def picture_and_frame(path: Path) -> tuple[torch.Tensor, tuple[int, int]]:
    "What a network reads, and the frame that fixations refer to."
    return read_image(path), images.frame_of(path)


def is_picture(result: tuple) -> bool:
    "Whether the pixels have the shape that the header promised."
    image, frame = result
    return image.dtype == torch.uint8 and image.dim() == 3 and image.shape[0] == 3 and tuple(
        image.shape[1:]) == frame


def shows(pixels: np.ndarray, tolerance: float = 12) -> Callable[[tuple], bool]:
    "Whether a picture shows what was stored."
    def right(result):
        image = result[0].permute(1, 2, 0).numpy().astype(float)
        return is_picture(result) and image.shape == pixels.shape and abs(image - pixels).mean() < tolerance

    return right


FORMS = {
    ".jpg": "JPEG", ".png": "PNG", ".bmp": "BMP", ".tif": "TIFF", ".gif": "GIF", ".webp": "WEBP", ".jp2":
    "JPEG2000", ".ppm": "PPM", ".avif": "AVIF"
}
CHECKED = (".png", )  # formats with checksums: a flipped bit is refused or changes nothing


def huge_header(suffix: str) -> bytes:
    "A small file whose header promises 10^9 pixels or more."
    data = bytearray(encoded(FORMS[suffix]))
    match suffix:
        case ".png":
            data[16:24] = struct.pack(">II", 60_000, 60_000)
            data[29:33] = struct.pack(">I", zlib.crc32(data[12:29]))
        case ".bmp":
            data[18:26] = struct.pack("<ii", 60_000, 60_000)
        case ".gif":
            data[6:10] = struct.pack("<HH", 65_000, 65_000)
        case ".jpg":
            place = data.index(b"\xff\xc0")
            data[place + 5:place + 9] = struct.pack(">HH", 65_000, 65_000)
        case ".ppm":
            return b"P6\n60000 60000\n255\n" + bytes(3000)
        case ".tif":
            for value in (64, 48):  # entries of width and height, type SHORT or LONG
                for kind in (3, 4):
                    old = struct.pack("<HIHH", kind, 1, value, 0)
                    if old in data:
                        data[data.index(old):data.index(old) + 10] = struct.pack("<HII", 4, 1, 60_000)
        case ".jp2":
            place = data.index(b"ihdr")
            data[place + 4:place + 12] = struct.pack(">II", 60_000, 60_000)
            place = data.index(b"\xff\x51")
            data[place + 6:place + 14] = struct.pack(">II", 60_000, 60_000)
        case ".webp":
            data[26:30] = struct.pack("<HH", 16_383, 16_383)
    return bytes(data)


def pictures(draw: random.Random) -> Iterator[Try]:
    "Damaged pictures of every format, and the rare and hostile ones."
    for suffix, form in FORMS.items():
        if form == "AVIF" and not features.check("avif"):
            continue
        data = encoded(form)
        whole = shows(small_pixels(), 12 if form != "GIF" else 40)
        for way, right in (("cut", whole), ("flip", whole if suffix in CHECKED else is_picture),
                           ("garble", whole if suffix in CHECKED else is_picture)):
            yield from damaged("pictures", suffix, f"photo{suffix}", data, 9, draw, picture_and_frame, right,
                               (way, ))
        if form != "AVIF":
            make = partial(put, name=f"huge{suffix}", data=huge_header(suffix))
            yield Try("pictures", f"{suffix} of 10^9 pixels", make, picture_and_frame)
    yield from rare_pictures()
    yield from odd_files()


def rare_pictures() -> Iterator[Try]:
    "Valid pictures of rare kinds, which must be read as what they show, and floats, which are refused."
    pixels = small_pixels()
    grey = Image.fromarray(pixels[..., 0])

    def valid(name, data, shown, tolerance=12):
        return Try("pictures", name, partial(put, name=name, data=data), picture_and_frame,
                   shows(shown, tolerance))

    frames = [Image.fromarray(pixels), Image.fromarray(255 - pixels)]
    for suffix, form in ((".gif", "GIF"), (".png", "PNG"), (".webp", "WEBP"), (".tif", "TIFF")):
        data = encoded(form, frames[0], save_all=True, append_images=frames[1:])
        yield valid(f"animated{suffix}", data, pixels, 40)
    yield valid("cmyk.jpg", encoded("JPEG", Image.fromarray(pixels).convert("CMYK")), pixels, 20)
    yield valid("cmyk.tif", encoded("TIFF", Image.fromarray(pixels).convert("CMYK")), pixels, 20)
    yield valid("palette.png", encoded("PNG", Image.fromarray(pixels).quantize(256)), pixels, 20)
    sixteen = np.round(np.linspace(0, 65535, 48 * 64)).reshape(48, 64).astype(np.uint16)
    shown = np.repeat((sixteen // 257)[..., None], 3, 2)
    yield valid("sixteen.png", encoded("PNG", Image.fromarray(sixteen)), shown, 1)
    yield valid("sixteen.tif", encoded("TIFF", Image.fromarray(sixteen)), shown, 1)
    yield valid("two_levels.png", encoded("PNG",
                                          grey.point(lambda v: 255 * (v > 99)).convert("1")),
                np.repeat(255 * (pixels[..., :1] > 99), 3, 2), 1)
    clear = np.dstack([pixels, np.zeros((48, 64), np.uint8)])
    yield valid("transparent.png", encoded("PNG", clear), np.full((48, 64, 3), 255), 1)
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        steps = {
            1: (0, False), 2: (0, True), 3: (2, False), 4: (2, True), 5: (3, True), 6: (3, False), 7:
            (1, True), 8: (1, False)
        }[orientation]
        turned = np.rot90(pixels, steps[0])
        yield valid(f"exif{orientation}.jpg", encoded("JPEG", pixels, exif=exif, quality=95),
                    turned[:, ::-1] if steps[1] else turned)
    for orientation in (0, 9, 65535):
        exif = Image.Exif()
        exif[0x0112] = orientation
        yield valid(f"exif{orientation}.jpg", encoded("JPEG", pixels, exif=exif, quality=95), pixels)
    for name, values in (("nan", np.full((48, 64), np.nan,
                                         np.float32)), ("floats", np.ones((48, 64), np.float32))):
        yield Try("pictures", f"{name}.tif", partial(put, name=f"{name}.tif", data=encoded("TIFF", values)),
                  picture_and_frame)
    yield Try("pictures", "170 million pixels with transparency", wide_picture, picture_and_frame, is_picture)


def wide_picture(folder: Path) -> Path:
    "A PNG of 13,000 x 13,000 pixels with transparency; under a megabyte."
    zeros = 13_000 * (1 + 13_000 * 4)  # a filter and four bytes a pixel
    body = b"\x78\x9c" + deflated(b"", zeros) + struct.pack(">I", checksum_of_zeros(zlib.adler32, b"", zeros))

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 13_000, 13_000, 8, 6, 0, 0, 0)
    return put(folder, "wide.png",
               b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b""))


def odd_file(kind: str, folder: Path, name: str = "odd.jpg") -> Path:
    "Something by the name of a file that is none."
    path = folder / name
    match kind:
        case "fifo":
            os.mkfifo(path)
        case "folder":
            path.mkdir()
        case "loop":
            path.symlink_to(path.name)
        case "device":
            path.symlink_to("/dev/zero")
        case "dangling":
            path.symlink_to("nowhere")
        case "empty":
            path.touch()
        case "secret":
            path.touch()
            path.chmod(0)
    return path


ODD = ("fifo", "folder", "loop", "device", "dangling", "empty")
ODD_NAMES = ("new\nline.jpg", "quote'\".jpg", "-o.jpg", "sur\udcffrogate.jpg", "percent%s%d.jpg",
             "{brace}.jpg", "\u202egpj.jpg", "a" * 240 + ".jpg", "tab\t.jpg", "escape\x1b[31m.jpg",
             "<script>alert(1)<!script>.jpg", "&amp;.jpg", "CON.jpg", "é\u0301.jpg", "$(touch executed).jpg",
             "`id`.jpg", "*.jpg")


def odd_files() -> Iterator[Try]:
    "Files that are none, and names that a terminal or a page could take for more than names."
    for kind in ODD:
        yield Try("pictures", f"a {kind} by the name of a picture", partial(odd_file, kind),
                  picture_and_frame)
    for number, name in enumerate(ODD_NAMES):
        good = partial(put, name=name, data=encoded("JPEG"))
        yield Try("pictures", f"name {name!r}", good, picture_and_frame, is_picture)
        broken = partial(put, name=name, data=encoded("JPEG")[:200])
        yield Try("pictures",
                  f"broken, name {name!r}",
                  broken,
                  read_image,
                  named=(repr(name)[1:-1][:20], name[:20]))
        yield Try("commands", f"predict, name {name!r}", partial(folder_of_pictures, [name], number),
                  predict_folder, partial(predicted, [name]))


# ---- commands ----


def folder_of_pictures(names: list[str], seed: int, folder: Path) -> Path:
    "One good picture, and broken ones by the given names."
    put(folder, "in/good.png", encoded("PNG"))
    draw = random.Random(seed)
    for name in names:
        put(folder, f"in/{name}", cut(encoded("JPEG"), draw))
    return folder


def predict_folder(folder: Path) -> Answer:
    "salgan-predict with a small network."
    weights = put(folder.parent, f"{folder.name}.safetensors", small_generator())
    arguments = [str(folder / "in"), "-o", str(folder / "out"), "--weights", str(weights), "--format", "npy"]
    answer = run_command(predict_command.main, arguments)
    weights.unlink()
    answer["done"] = (folder / "out/good.npy").is_file()
    return answer


def predicted(names: list[str], answer: Answer) -> bool:
    "Whether the good picture was done, and each other one named in a line of its own."
    lines = [line for line in answer["err"].splitlines() if line.startswith("salgan-predict: ")]
    told = len(lines) == len(names) and "Traceback" not in answer["err"]
    return answer["done"] and answer["code"] == (1 if names else 0) and told


# command -> lists of arguments, FOLDER being an empty one; each list must be refused in a line
HOSTILE_ARGUMENTS = {
    "salgan-predict": [
        ["FOLDER"], ["FOLDER/none.jpg"], ["FOLDER/none", "-o", "/proc/x"], ["GOOD", "--format", "exe"],
        ["GOOD", "--batch", "0"], ["GOOD", "--batch", "-5"], ["GOOD", "--format", ""],
        ["GOOD", "--weights", "x"],
        ["GOOD", "--weights", "../../etc/passwd"], ["GOOD", "--weights", "FOLDER"],
        ["GOOD", "--device", "gpu99"],
        ["GOOD", "--device", "cuda:77"], ["GOOD", "-o", "GOOD"], ["GOOD", "-o", "/dev/null/x"],
        ["GOOD", "-o", "/proc/nothing"], ["GOOD", "--weights", "GOOD"], ["GOOD", "--weights", "a/b/c"],
        ["GOOD", "--weights", "\udcff/x"], ["GOOD", "--batch", "9" * 30 + "x"], ["\0"],
        ["GOOD", "-o", "a\0b"],
        ["GOOD", "--weights", "w\0"], ["x" * 5000], ["GOOD", "-o", "x" * 5000], [], ["--nothing"]],
    "salgan-score": [
        ["FOLDER"], ["FOLDER", "--dataset", "none"], ["FOLDER", "--dataset", "osie", "--root", "FOLDER"],
        ["FOLDER", "--images", "0"], ["FOLDER", "--images", "x"], ["FOLDER", "--protocol", "none"],
        ["FOLDER", "--workers", "-1"], ["FOLDER", "--seed", "-1"], ["GOOD"], ["FOLDER/none"],
        ["FOLDER", "--split", "../.."], ["FOLDER", "--dataset", "folder", "--root", "FOLDER"], ["\0"],
        ["FOLDER", "--dataset", "folder", "--root", "x\0"], ["FOLDER", "--source", "x"], []],
    "salgan-export": [
        ["FOLDER/x.exe"], ["FOLDER/x.onnx", "--weights", "FOLDER"], ["FOLDER/x.pt2", "--weights", "GOOD"],
        ["/proc/x/y.onnx", "--weights", "FOLDER"], ["FOLDER/x.onnx", "--weights", "FOLDER/none.npz"], []],
    "salgan-submit": [
        ["FOLDER", "--dataset", "mit300", "--root", "FOLDER", "-o", "FOLDER/x.zip"],
        ["FOLDER", "--dataset", "none", "-o", "x.zip"],
        ["FOLDER", "--dataset", "salicon", "-o", "FOLDER/x.zip"],
        ["FOLDER/none", "--dataset", "mit300", "--root", "IMAGES", "-o", "FOLDER/x.zip"],
        ["FOLDER", "--dataset", "mit300", "--root", "IMAGES", "-o", "FOLDER/x.exe"],
        ["GOOD", "--dataset", "mit300", "--root", "IMAGES", "-o", "FOLDER/x.zip"], []],
    "salgan-download": [["none"], ["osie", "--root", "GOOD"], ["osie", "--root", "IMAGES"], []],
    "salgan-train": [
        ["none"], ["FOLDER/none.yaml"], ["GOOD.yaml"], ["quick", "seed"], ["quick", "seed=-1"],
        ["quick", "seed=x"],
        ["quick", "lr=nan"], ["quick", "rows=17"], ["quick", "rows=1e9"], ["quick", "run=../x"],
        ["quick", "run=/etc/x"], ["quick", "nonsense=1"], ["quick", "lr=[1"], ["quick", "lr={a: b"],
        ["quick", "batch_size=0"], ["quick", "width=nan"], ["quick", "root=FOLDER"],
        ["quick", "dataset=osie", "root=FOLDER"], ["quick", "weights=FOLDER/none.pth", "dataset=popout"],
        ["quick", "run=a/\0"], ["quick", "seed=99999999999999"], ["../../etc/passwd"], ["LIST.yaml"],
        ["quick", "rows=1600000000"], ["quick", "seed=!!python/object/apply:os.system [id]"], []],
}

MAINS = {
    "salgan-predict": predict_command.main, "salgan-score": score_command.main, "salgan-export":
    export_command.main, "salgan-submit": submit_command.main, "salgan-download": downloads.main,
    "salgan-train": train_command.main
}


def hostile_arguments(name: str, words: list[str], folder: Path) -> tuple[str, list[str]]:
    "The arguments, with the folder of this try in them."
    (folder / "empty").mkdir()
    put(folder, "images/a.jpg", encoded("JPEG"))
    put(folder, "good.yaml", b"seed: [1\n")
    put(folder, "list.yaml", b"- seed\n- 1\n")
    values = dict(FOLDER=folder / "empty",
                  GOOD=put(folder, "good.jpg", encoded("JPEG")),
                  IMAGES=folder / "images")
    for key in ("GOOD.yaml", "LIST.yaml"):
        words = [word.replace(key, str(folder / key.lower())) for word in words]
    for key, value in values.items():
        words = [word.replace(key, str(value)) for word in words]
    if name == "salgan-train":
        words += [f"runs={folder}/runs", f"cache={folder}/cache"] if words else []
    return name, words


def commands(draw: random.Random) -> Iterator[Try]:
    "Hostile arguments of every command, and folders with many broken pictures."
    for name, lists in HOSTILE_ARGUMENTS.items():
        for words in lists:
            yield Try("commands", f"{name} {' '.join(words)!r}"[:100],
                      partial(hostile_arguments, name,
                              words), lambda call: run_command(MAINS[call[0]], call[1]), refused)
    for number in range(12):
        names = [f"{k}{draw.choice(['.jpg', '.png', '.webp', '.tif'])}" for k in range(6)]
        yield Try("commands", f"predict six broken pictures {number}",
                  partial(folder_of_pictures, names, number), predict_folder, partial(predicted, names))


# ---- maps to score ----


@cache
def bench():
    "One scene to score maps on."
    from salgan.scoring import Benchmark
    scenes = PopOut(3, seed=5)
    scenes.size(0)
    return Benchmark(scenes, scenes)


def score_row(path: Path) -> dict:
    "What salgan-score makes of one file."
    return saliency_maps.score_file(path, bench(), 0, emd=False)


def not_scored(row: dict) -> bool:
    "Whether a row says in a line why it has no scores."
    return row["note"].startswith("not scored: ") and "\n" not in row["note"] and len(row["note"]) > 20


def scored(row: dict) -> bool:
    "Whether a row has sound scores."
    return not row["note"].startswith("not") and 0 <= row["AUC-Judd"] <= 1 and -1 <= row["CC"] <= 1


def npy(values: np.ndarray, pickles: bool = False) -> bytes:
    "An array as a .npy file."
    file = io.BytesIO()
    np.save(file, values, allow_pickle=pickles)
    return file.getvalue()


def npz(**arrays: np.ndarray) -> bytes:
    "Arrays as a .npz file."
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)
    return file.getvalue()


def lying_npy(shape: tuple[int, ...]) -> bytes:
    "A .npy file whose header promises more than it holds."
    return npy_header(shape) + bytes(64)


def zip_bomb(inner: str, head: bytes, zeros: int) -> bytes:
    "A zip with one member: some bytes, then zeros."
    packed, total, name = deflated(head, zeros), len(head) + zeros, inner.encode()
    common = struct.pack("<HHHHIIIHH", 0, 8, 0, 33, checksum_of_zeros(zlib.crc32, head, zeros), len(packed),
                         total, len(name), 0)
    entry = b"PK\1\2" + struct.pack("<HH", 20, 20) + common + struct.pack("<HHHII", 0, 0, 0, 0, 0) + name
    body = b"PK\3\4" + struct.pack("<H", 20) + common + name + packed
    return body + entry + b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, 1, 1, len(entry), len(body), 0)


def deflated(head: bytes, zeros: int, block: int = 2**24) -> bytes:
    "Bytes and zeros, compressed; one block of zeros is compressed and repeated, which takes no time."
    parts = [head, bytes(block), bytes(zeros % block)]
    packers = [zlib.compressobj(9, zlib.DEFLATED, -15) for _ in parts]
    packed = [packer.compress(part) + packer.flush(zlib.Z_FULL_FLUSH) for packer, part in zip(packers, parts)]
    return packed[0] + packed[1] * (zeros // block) + packed[2] + packers[2].flush()


def checksum_of_zeros(checksum: Callable, head: bytes, zeros: int, block: int = 2**24) -> int:
    "A checksum of bytes and zeros."
    value, some = checksum(head), bytes(block)
    for _ in range(zeros // block):
        value = checksum(some, value)
    return checksum(bytes(zeros % block), value)


def npy_header(shape: tuple[int, ...]) -> bytes:
    "The beginning of a .npy file."
    file = io.BytesIO()
    np.lib.format.write_array_header_1_0(file, dict(descr="<f4", fortran_order=False, shape=shape))
    return file.getvalue()


def maps(draw: random.Random) -> Iterator[Try]:
    "Maps that are scored: damaged, of other types, and with values that are no saliency."
    values = np.linspace(0, 1, 48 * 64, dtype=np.float32).reshape(48, 64)
    either = lambda row: not_scored(row) or scored(row)
    for name, data in {
            "a.npy": npy(values), "a.npz": npz(saliency=values), "a.png": encoded("PNG", values_16(values)),
            "a.jpg": encoded("JPEG",
                             small_pixels()[..., 0]), "a.tif": encoded("TIFF", values)
    }.items():
        yield from damaged("maps", name, name, data, 8, draw, score_row,
                           not_scored if name == "a.npz" else either)
    hostile = {
        "nan.npy": npy(values * np.nan), "one_nan.npy": npy(np.where(values < 1e-3, np.nan, values)),
        "inf.npy": npy(np.where(values < 1e-3, np.inf, values)), "objects.npy": npy(np.array([[None]]),
                                                                                    True), "structured.npy":
        npy(np.zeros((48, 64), [("a", "f4"), ("b", "i4")])), "text.npy": npy(np.full(
            (4, 4), "x")), "complex.npy": npy(values + 1j), "times.npy": npy(np.zeros(
                (4, 4), "M8[s]")), "empty.npy": npy(values[:0]), "scalar.npy": npy(np.float32(1)), "line.npy":
        npy(values[0]), "cube.npy": npy(np.zeros((3, 48, 64))), "void.npy": npy(np.zeros(
            (4, 4), "V3")), "huge.npy": lying_npy((10**6, 10**6)), "negative.npy": lying_npy(
                (-5, 5)), "long.npy": lying_npy(
                    (2**62, 2**62)), "nothing.npz": npz(), "two.npz": npz(a=values, b=values), "zip.npz":
        zipped({"a.txt": b"x"}), "folder.npz": zipped({"a/": b""}), "colour.png": encoded("PNG"), "nan.tif":
        encoded("TIFF", values * np.nan), "huge.png": huge_header(".png"), "zero.npy": b"", "zero.png": b"",
        "text.png": b"hello", "header.npy": b"\x93NUMPY\x01\x00\xff\xff{" + b"(" * 65000
    }
    for name, data in hostile.items():
        yield Try("maps", name, partial(put, name=name, data=data), score_row, not_scored)
    for name in ("pickle.npy", "pickle.npz", "pickle.png"):
        yield Try("maps", name, lambda f, name=name: put(f, name, pickled(f)), score_row, not_scored)
    yield Try("maps", "bomb of 3 GB", lambda f: put(f, "bomb.npz", map_bomb()), score_row, not_scored)
    for kind in ODD:
        for suffix in (".npy", ".npz", ".png"):
            yield Try("maps", f"a {kind} as {suffix}", partial(odd_file, kind, name=f"odd{suffix}"),
                      score_row, not_scored)
    fine = {
        "big.npy": values.astype(">f8"), "half.npy": values.astype(np.float16), "bool.npy": values > 0.5,
        "signed.npy": values - 0.5, "tiny.npy": values * 1e-300, "large.npy":
        values.astype(np.float64) * 1e300, "integers.npy": (values * 1e6).astype(np.int64), "fortran.npy":
        np.asfortranarray(values), "wide.npy": np.repeat(values, 3, 1), "constant.npy": np.ones(
            (48, 64)), "zeros.npy": np.zeros(
                (48, 64)), "unsigned.npy": (values * 2**63).astype(np.uint64), "dot.npy": values[:1, :1]
    }
    for name, array in fine.items():
        yield Try("maps", name, partial(put, name=name, data=npy(array)), score_row,
                  lambda row: not_scored(row) or scored(row) or "constant" in row["note"])


def map_bomb() -> bytes:
    "A .npz of some kilobytes with an array of 3 GB."
    return zip_bomb("a.npy", npy_header((3 * 2**14, 2**14)), 3 * 2**30)


def values_16(values: np.ndarray) -> np.ndarray:
    "A map as 16 bits."
    return np.round(values * 65535).astype(np.uint16)


def zipped(members: dict[str, bytes]) -> bytes:
    "A zip file."
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return file.getvalue()


# ---- weights ----


@cache
def generator() -> Generator:
    "A small network with fixed weights."
    torch.manual_seed(0)
    return Generator(width=1 / 32)


@cache
def small_generator() -> bytes:
    "Its file, as a training writes it."
    return weights_bytes(generator().state_dict())


def same_generator(result: Generator) -> bool:
    "Whether a network is the one that was stored."
    other = result.state_dict()
    return all(torch.equal(value, other[name]) for name, value in generator().state_dict().items())


def torch_file(content: object, **options) -> bytes:
    "A file of torch.save."
    file = io.BytesIO()
    torch.save(content, file, **options)
    return file.getvalue()


@cache
def onnx_file() -> bytes:
    "A small network, exported."
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return export_onnx(Predictor(generator(), (48, 64)), Path(folder) / "g.onnx").read_bytes()


def same_maps(result: Predictor) -> bool:
    "Whether a network predicts what the small one predicts."
    expected = Predictor(generator(), (48, 64)).predict(small_pixels())
    return bool(np.allclose(result.predict(small_pixels()), expected, atol=1e-5))


def with_header(header: dict | bytes, body: bytes = b"", length: int | None = None) -> bytes:
    "A safetensors file with any header."
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + body


def edited(change: Callable[[dict], object]) -> bytes:
    "The small network's file with a changed header."
    data = small_generator()
    length = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8:8 + length])
    change(header)
    return with_header(header, data[8 + length:])


def first_tensor(header: dict) -> dict:
    "The entry of the first kernel."
    return header["encoder.conv1_1.linear.weight"]


def weights(draw: random.Random) -> Iterator[Try]:
    "Weights of every format: damaged, lying, of other types, and pickles."
    state = generator().state_dict()
    lasagne = npz(
        **
        {f"arr_{k}": np.full(shape, 0.5, np.float32)
         for k, shape in enumerate(lasagne_shapes(generator()))})
    yield from damaged("weights", ".safetensors", "g.safetensors", small_generator(), 40, draw,
                       load_generator, same_generator)
    yield from damaged("weights", ".pth", "g.pth", torch_file(state), 20, draw, load_generator,
                       same_generator)
    yield from damaged("weights", "old .pth", "g.pth", torch_file(state,
                                                                  _use_new_zipfile_serialization=False), 10,
                       draw, load_generator, same_generator, ("cut", ))
    yield from damaged("weights", "the authors' .npz", "g.npz", lasagne, 12, draw,
                       lambda path: load_authors_weights(Generator(width=1 / 32), path), lambda g: all(
                           (p == 0.5).all() for name, p in g.named_parameters() if "bias" in name))
    yield from damaged("weights", ".onnx", "g.onnx", onnx_file(), 25, draw, Predictor.from_run, same_maps)
    for label, data in {"empty": b"", "zeros": bytes(1000), "a pickle": pickle.dumps({}), "words": b"a network",
                        "a huge length": b"\x3a\xff\xff\xff\xff\x0f", "nested": b"\x3a\x7f" * 50_000}.items():
        yield Try("weights", f"onnx, {label}", partial(put, name="g.onnx", data=data), Predictor.from_run)
    name = "encoder.conv1_1.linear.weight"
    for label, value in {
            "int32": {k: (v * 1000).int()
                      for k, v in state.items()}, "bool": {k: v > 0
                                                           for k, v in state.items()}, "one int8":
            state | {name: state[name].to(torch.int8)}, "complex": {k: v + 0j
                                                                    for k, v in state.items()}, "nan":
            state | {name: state[name] * torch.nan}, "inf": state | {name: state[name] + torch.inf},
            "an extra tensor": state | {"extra": torch.zeros(3)}, "a missing tensor":
            dict(list(state.items())[1:]), "another shape": state | {name: torch.zeros(2, 3, 3, 5)},
            "one dimension": state | {name: torch.zeros(2)}, "empty": {}, "65 channels":
            state | {name: torch.zeros(65, 3, 3, 3)}, "large half":
        {k: (v.abs() + 1e9).half()
         for k, v in state.items()}, "float8": {k: v.to(torch.float8_e4m3fn)
                                                for k, v in state.items()}
    }.items():
        for suffix, write in ((".safetensors", safetensors_bytes), (".pth", torch_file)):
            if not (label == "complex" and suffix == ".safetensors"):
                data = write(value)
                yield Try("weights", f"{label}, {suffix}", partial(put, name=f"g{suffix}", data=data),
                          load_generator)
    for label, data in {
            "header of 2^60 bytes": with_header(b"{}", length=2**60), "header of 2^63 bytes":
            with_header(b"{}", length=2**63), "empty header": with_header(b""), "no json":
            with_header(b"{nonsense"), "list": with_header(b"[]"), "deep header": with_header(b"[" * 100_000),
            "only a number": bytes(8), "zeros": bytes(1000), "overlapping":
            edited(lambda h: first_tensor(h).update(data_offsets=[0, 100])), "outside":
            edited(lambda h: first_tensor(h).update(data_offsets=[10**9, 10**9 + 216])), "reversed":
            edited(lambda h: first_tensor(h).update(data_offsets=first_tensor(h)["data_offsets"][::-1])),
            "negative": edited(lambda h: first_tensor(h).update(data_offsets=[-8, 208])), "huge shape":
            edited(lambda h: first_tensor(h).update(shape=[2**40, 2**40])), "other type":
            edited(lambda h: first_tensor(h).update(dtype="I32")), "unknown type":
            edited(lambda h: first_tensor(h).update(dtype="F1")), "metadata is a list":
            edited(lambda h: h.update(__metadata__=[1])), "metadata of numbers":
            edited(lambda h: h.update(__metadata__=dict(salgan=1)))
    }.items():
        yield Try("weights", f"safetensors, {label}", partial(put, name="g.safetensors", data=data),
                  load_generator)
    for suffix in (".safetensors", ".pth", ".pt", ".bin", ".npz", ".onnx", ".pkl", ""):
        for label, write in (("pickle", pickled), ("zip with a pickle",
                                                   lambda f: zipped({"x/data.pkl": pickled(f)})),
                             ("gzip", lambda f: gzip.compress(pickled(f))),
                             ("torch file with code",
                              lambda f: torch_file({"a": Payload(f.parent / "executed")}))):
            make = lambda f, write=write, suffix=suffix: put(f, f"g{suffix}", write(f))
            yield Try("weights", f"{label} as {suffix or 'no ending'}", make, Predictor.from_run)
    for kind in ODD:
        for suffix in (".safetensors", ".pth", ".npz", ".onnx"):
            if kind != "folder":
                yield Try("weights", f"a {kind} as {suffix}", partial(odd_file, kind, name=f"g{suffix}"),
                          Predictor.from_run)
    for label, data in {
            "empty": safetensors_bytes({}), "another network": small_generator(), "no weights": b"", "int":
            safetensors_bytes({"conv1_1.weight": torch.zeros(64, 3, 3, 3).int()})
    }.items():
        yield Try("weights", f"vgg16, {label}", partial(put, name="vgg.safetensors", data=data),
                  lambda path: load_vgg16(Generator(), path))
    bomb = partial(put,
                   name="bomb.npz",
                   data=zip_bomb("arr_0.npy", npy_header((3 * 2**14, 2**14)), 3 * 2**30))
    yield Try("weights", "bomb of 3 GB as .npz", bomb,
              lambda path: load_authors_weights(Generator(width=1 / 32), path))
    record = zip_bomb("g/data.pkl", b"\x80\x02}q\x00.", 3 * 2**30)
    yield Try("weights", "bomb of 3 GB as .pth", partial(put, name="bomb.pth", data=record), load_generator)
    lies = ("{}", "[]", "null", "3", "{", "", "\xff", '{"rows": 1, "columns": 1}',
            '{"rows": "192", "columns": 256}', '{"rows": -16, "columns": 16}', '{"rows": 1e3, "columns": 16}',
            '{"rows": 16000000, "columns": 16000000}',
            '{"rows": 192, "columns": 256, "output_blur": 1000000001}', '{"rows": null, "columns": null}',
            '{"rows": 192, "columns": 256, "output_blur": 4}', '{"rows": NaN, "columns": 256}', "[" * 100_000,
            '{"rows": true, "columns": true}', '{"rows": 192, "columns": 256, "output_blur": -3}')
    for text in lies:

        def make(folder, text=text):
            put(folder, "config.json", text.encode("latin-1"))
            return put(folder, "generator.safetensors", small_generator())

        yield Try("weights",
                  f"config.json says {text[:60]}",
                  make,
                  lambda path: Predictor.from_run(path).predict(small_pixels()),
                  named=("config.json", ))


# ---- recordings: .mat, CSV, JSON ----


def matlab(compressed: bool = False, form: str = "5", **variables) -> bytes:
    "Variables as a Matlab file."
    file = io.BytesIO()
    scipy.io.savemat(file, variables, format=form, do_compression=compressed)
    return file.getvalue()


def records(**columns) -> np.ndarray:
    "A Matlab struct array from columns."
    rows = np.zeros(len(next(iter(columns.values()))), [(name, object) for name in columns])
    for name, values in columns.items():
        for row, value in zip(rows, values):
            row[name] = value
    return rows


@cache
def osie_mat() -> dict:
    "Eye fixations of two images as OSIE stores them."
    eye = [records(fix_x=[np.array([3.0, 9]), 5.0], fix_y=[np.array([4.0, 8]), 6.0]) for _ in range(2)]
    return dict(fixations=records(img=["1001.jpg", "1002.jpg"], subjects=eye))


def osie_root(folder: Path, mat: bytes, mouse: bytes | None = None) -> Path:
    "OSIE with two images."
    for name in ("1001", "1002"):
        put(folder, f"data/stimuli/{name}.jpg", encoded("JPEG"))
        put(folder, f"data/mouse_amt/{name}.mat", mouse or b"")
    put(folder, "data/eye/fixations.mat", mat)
    return folder


def eye_points(folder: Path) -> np.ndarray:
    return prepared(OSIE(folder))


def mouse_points(folder: Path) -> np.ndarray:
    return prepared(OSIE(folder, source="mouse_amt"))


def prepared(dataset) -> np.ndarray:
    "What preparation makes of a set's first image: its cache; returns the fixations."
    points = dataset.fixations(0)
    density = dataset.density(0)
    if not (np.isfinite(density).all() and density.shape == dataset.size(0)
            and 0 <= density.min() <= density.max() <= 1):
        raise AssertionError("a density out of range")
    return points


def are_points(points: np.ndarray) -> bool:
    "Whether fixations are (N,3) finite numbers."
    return points.dtype == np.float64 and points.ndim == 2 and points.shape[1] == 3 and bool(
        np.isfinite(points).all())


def salicon_root(folder: Path, mat: bytes | None = None, annotations: bytes | None = None) -> Path:
    "SALICON with one image."
    put(folder, "images/val/COCO_val2014_000000000001.jpg", encoded("JPEG"))
    if mat is not None:
        put(folder, "fixations/val/COCO_val2014_000000000001.mat", mat)
    if annotations is not None:
        put(folder, "annotations/fixations_val2014.json", annotations)
    return folder


def gaze_points(folder: Path) -> np.ndarray:
    return prepared(SALICON(folder, "val"))


def recordings(draw: random.Random) -> Iterator[Try]:
    "Matlab files and JSON of the published sets."
    coord = np.array([[4.0, 5], [6, 7]])
    mouse = dict(fixations=dict(coord=coord, subj=np.array([1.0, 2])))
    gaze = dict(gaze=records(fixations=[coord, coord + 1]))
    readers = (("eye", osie_mat(), lambda f, m: osie_root(f, m),
                eye_points), ("mouse", mouse, lambda f, m: osie_root(f, b"", m), mouse_points),
               ("gaze", gaze, lambda f, m: salicon_root(f, m), gaze_points))
    for label, variables, root, read in readers:
        for compressed in (False, True):
            data = matlab(compressed, **variables)
            for damage in DAMAGE:
                for number in range(14):
                    bad = DAMAGE[damage](data, draw)
                    yield Try("recordings",
                              f"{label} .mat{' compressed' * compressed}, {damage} {number}",
                              lambda f, root=root, bad=bad: root(f, bad),
                              read,
                              are_points, (".mat", ))
    nan, text = np.array([[np.nan, 2]]), np.array(["a", "b"], object)
    wrong_gaze = {
        "another variable": dict(a=1), "numbers": dict(gaze=np.eye(3)), "text": dict(gaze="abc"), "nan":
        dict(gaze=records(fixations=[nan])), "inf": dict(gaze=records(fixations=[nan * 0 + np.inf])),
        "three columns": dict(gaze=records(fixations=[np.zeros((4, 5))])), "texts":
        dict(gaze=records(fixations=[text])), "complex": dict(gaze=records(fixations=[coord + 1j])),
        "no field": dict(gaze=records(other=[coord])), "nested":
        dict(gaze=records(fixations=[records(a=[1])])), "huge numbers":
        dict(gaze=records(fixations=[coord * 1e300]))
    }
    for label, variables in wrong_gaze.items():
        yield Try("recordings",
                  f"gaze: {label}",
                  lambda f, v=variables: salicon_root(f, matlab(**v)),
                  gaze_points,
                  are_points if label == "huge numbers" else lambda points: False, (".mat", ))
    for label, data in {
            "v7.3": b"MATLAB 7.3 MAT-file" + bytes(105) + b"\x00\x02IM" + b"\x89HDF\r\n\x1a\n" + bytes(64),
            "empty": b"", "text": b"hello" * 99, "pickle": pickle.dumps([1]), "version 4 lying":
            struct.pack("<5i", 0, 2**30, 2**30, 0, 5) + b"gaze\0" + bytes(64), "compressed bomb":
            matlab_bomb()
    }.items():
        yield Try("recordings",
                  f"gaze: {label}",
                  lambda f, data=data: salicon_root(f, data),
                  gaze_points,
                  named=(".mat", ))
    wrong_eye = {
        "no subjects":
        records(img=["1001.jpg"], other=[1]), "numbers":
        np.eye(3), "text":
        "abc", "one image":
        records(img=["1001.jpg"], subjects=[records(fix_x=[3.0], fix_y=[4.0])]), "other lengths":
        records(img=["1001.jpg", "1002.jpg"],
                subjects=[records(fix_x=[np.arange(3.0)], fix_y=[np.arange(2.0)])] * 2), "names are numbers":
        records(img=[1001.0, 1002.0], subjects=osie_mat()["fixations"]["subjects"]), "nan":
        records(img=["1001.jpg", "1002.jpg"], subjects=[records(fix_x=[np.nan], fix_y=[1.0])] * 2)
    }
    for label, value in wrong_eye.items():
        yield Try("recordings",
                  f"eye: {label}",
                  lambda f, v=value: osie_root(f, matlab(fixations=v)),
                  eye_points,
                  are_points if label == "one image" else lambda points: False, (".mat", ))
    for label, value in {
            "odd count": dict(coord=np.arange(3.0), subj=1.0), "other count": dict(coord=coord,
                                                                                   subj=np.ones(5)),
            "no subj": dict(coord=coord), "text": dict(coord="abcd", subj="x"), "nan": dict(coord=nan,
                                                                                            subj=1.0)
    }.items():
        yield Try("recordings",
                  f"mouse: {label}",
                  lambda f, v=value: osie_root(f, b"", matlab(fixations=v)),
                  mouse_points,
                  named=(".mat", ))
    yield from annotations(draw)


def matlab_bomb() -> bytes:
    "A compressed Matlab element that unpacks to 4 GB."
    head, zeros = struct.pack("<II", 14, 2**32 - 64), 2**32 - 64
    body = b"\x78\x9c" + deflated(head, zeros) + struct.pack(">I", checksum_of_zeros(
        zlib.adler32, head, zeros))
    return matlab(x=1)[:128] + struct.pack("<II", 15, len(body)) + body


def annotations(draw: random.Random) -> Iterator[Try]:
    "The 2014 JSON of SALICON."
    name = "COCO_val2014_000000000001.jpg"
    image, track = dict(id=1, file_name=name), dict(image_id=1, worker_id=3, fixations=[[4, 5], [6, 7]])
    good = json.dumps(dict(images=[image], annotations=[track])).encode()
    for damage in DAMAGE:
        for number in range(10):
            bad = DAMAGE[damage](good, draw)
            yield Try("recordings",
                      f"annotations, {damage} {number}",
                      lambda f, bad=bad: salicon_root(f, None, bad),
                      gaze_points,
                      are_points, ("fixations_val2014.json", ))
    for label, content in {
            "list": [], "number": 3, "none": None, "no images": dict(annotations=[track]), "images a text":
            dict(images="x",
                 annotations=[track]), "unknown image": dict(images=[image],
                                                             annotations=[track | dict(image_id=9)]),
            "text points": dict(images=[image], annotations=[track | dict(fixations="abcd")]), "odd points":
            dict(images=[image], annotations=[track | dict(fixations=[1, 2, 3])]), "ragged":
            dict(images=[image],
                 annotations=[track | dict(fixations=[[1], [2, 3]])
                              ]), "nan": dict(images=[image],
                                              annotations=[track | dict(fixations=[[float("nan"), 1]])]),
            "worker a list": dict(images=[image], annotations=[track | dict(worker_id=[1, 2])]),
            "worker a text": dict(images=[image], annotations=[track | dict(worker_id="w")]), "id a list":
            dict(images=[image | dict(id=[1])], annotations=[track]), "null track": dict(images=[image],
                                                                                         annotations=[None])
    }.items():
        yield Try("recordings",
                  f"annotations: {label}",
                  lambda f, c=content: salicon_root(f, None,
                                                    json.dumps(c).encode()),
                  gaze_points,
                  named=("fixations_val2014.json", ))
    yield Try("recordings",
              "annotations: deep",
              lambda f: salicon_root(f, None, b"[" * 200_000),
              gaze_points,
              named=("fixations_val2014.json", ))


# ---- tables and settings of a folder of one's own ----

TABLE = "stimulus,x,y,observer,duration\na.jpg,3,4,1,200\na.jpg,5.5,6,2,180\nb.jpg,7,8,1,90\n"


def own_folder(folder: Path, table: bytes = TABLE.encode(), settings: bytes | None = None) -> Path:
    "Two images and their fixations."
    for name in ("a.jpg", "b.jpg"):
        put(folder, f"images/{name}", encoded("JPEG"))
    put(folder, "fixations.csv", table)
    if settings is not None:
        put(folder, "fixations.json", settings)
    return folder


def own_points(folder: Path) -> np.ndarray:
    return prepared(folders.FixationFolder(folder))


def tables(draw: random.Random) -> Iterator[Try]:
    "fixations.csv and fixations.json, damaged and wrong."
    for damage in DAMAGE:
        for number in range(22):
            bad = DAMAGE[damage](TABLE.encode() * 3, draw)
            yield Try("tables",
                      f"csv, {damage} {number}",
                      lambda f, bad=bad: own_folder(f, bad),
                      own_points,
                      are_points, ("fixations.csv", ))
    rows = TABLE.splitlines()
    wrong = {
        "empty": "", "only a header": rows[0] + "\n", "no header": "\n".join(
            rows[1:]), "repeated column": "stimulus,x,y,x\na.jpg,1,2,3\nb.jpg,1,2,3\n",
        "repeated column in capitals": "stimulus,x,y,X\na.jpg,1,2,9\nb.jpg,1,2,9\n", "two observers":
        "stimulus,x,y,observer,subject,observer\na.jpg,1,2,3,4,5\n", "a text": "hello", "nul": "a\0b,c\0",
        "nan": "stimulus,x,y\na.jpg,nan,1\n", "inf": "stimulus,x,y\na.jpg,inf,1\n", "1e999":
        "stimulus,x,y\na.jpg,1e999,1\n", "a formula": "stimulus,x,y\na.jpg,=1+1,1\n", "a comma decimal":
        'stimulus,x,y\na.jpg,"1,5",1\n', "a long row": "stimulus,x,y\na.jpg,1,2,3,4\n", "a short row":
        "stimulus,x,y\na.jpg,1\n", "an open quote": 'stimulus,x,y\n"a.jpg,1,2\nb.jpg,3,4\n', "no name":
        "stimulus,x,y\n,1,2\n", "other names": "stimulus,x,y\nz.jpg,1,2\n", "two folders":
        "stimulus,x,y\np/a.jpg,1,2\nq/a.jpg,1,2\n", "semicolons": "stimulus;x;y\na.jpg;1;2\n", "hex":
        "stimulus,x,y\na.jpg,0x10,2\n", "words": "stimulus,x,y\na.jpg,one,2\n", "width 0":
        "stimulus,x,y,width,height\na.jpg,1,2,0,0\n", "negative width":
        "stimulus,x,y,width,height\na.jpg,1,2,-5,-5\n", "half a pixel":
        "stimulus,x,y,width,height\na.jpg,1,2,0.5,0.5\n", "two widths":
        "stimulus,x,y,width,height\na.jpg,1,2,64,48\na.jpg,1,2,640,480\n", "huge width":
        "stimulus,x,y,width,height\na.jpg,1,2,1e9,1e9\n", "observer nan and text": "stimulus,x,y,observer\n"
        "a.jpg,1,2,nan\n", "observer inf": "stimulus,x,y,observer\na.jpg,1,2,inf\n"
    }
    for label, text in wrong.items():
        right = are_points if label.startswith("observer") else lambda points: False  # names of observers
        yield Try("tables",
                  f"csv: {label}",
                  lambda f, text=text: own_folder(f, text.encode()),
                  own_points,
                  right, ("fixations.csv", ))
    for label, data in {
            "utf-16": TABLE.encode("utf-16"), "latin-1": TABLE.replace("a.jpg", "é.jpg").encode("latin-1"),
            "gzip": gzip.compress(TABLE.encode()), "zip": zipped({"a": b"x"}), "png": encoded("PNG")
    }.items():
        yield Try("tables",
                  f"csv: {label}",
                  lambda f, data=data: own_folder(f, data),
                  own_points,
                  named=("fixations.csv", ))
    fine = {
        "bom": "\ufeff" + TABLE, "windows": TABLE.replace("\n", "\r\n"), "blank lines":
        TABLE.replace("\n", "\n\n"), "capitals": TABLE.replace("stimulus,x,y", "Stimulus, X ,Y"), "negative":
        "stimulus,x,y\na.jpg,-5,1e9\n"
    }
    for label, text in fine.items():
        yield Try("tables",
                  f"csv: {label}",
                  lambda f, text=text: own_folder(f, text.encode()),
                  own_points,
                  are_points)
    settings = [
        "[]", "3", "null", "{", "", '"x"', '{"sigma": "x"}', '{"sigma": null}', '{"sigma": []}',
        '{"sigma": 0}', '{"sigma": -1}', '{"sigma": NaN}', '{"sigma": Infinity}', '{"sigma": 1e12}',
        '{"sigma": true}', '{"origin": 2}', '{"origin": "1"}', '{"origin": 0.5}', '{"origin": null}',
        '{"origin": true}', '{"origin": [0]}', '{"Sigma": 3}', '{"sigma": 3, "sigma": 9}',
        '{"sigma": {"a": 1}}', "\x00", "\xff\xfe", "[" * 200_000, '{"sigma": 1e999}', '{"sigma": "24"}'
    ]
    for text in settings:
        yield Try("tables",
                  f"fixations.json says {text[:40]}",
                  lambda f, text=text: own_folder(f, settings=text.encode("latin-1")),
                  own_points,
                  named=("fixations.json", ))
    for kind in ODD:

        def make(folder, kind=kind):
            own_folder(folder)
            (folder / "fixations.csv").unlink()
            odd_file(kind, folder, "fixations.csv")
            return folder

        yield Try("tables", f"a {kind} as fixations.csv", make, own_points, named=("fixations.csv", ))


# ---- archives ----

SOURCE = Source(url="https://example.org/set.zip",
                folder="set",
                patterns=("data/*.txt", ),
                licence_file="LICENSE",
                digest="0",
                size=100,
                licence="none")


def unpacked(path: Path) -> dict[str, bytes]:
    "What comes out of an archive."
    folder = path.with_name("out")
    unpack(path, SOURCE, folder)
    outside = [p for p in path.parent.rglob("*") if p != path and folder not in (p, *p.parents)]
    if outside:
        raise AssertionError(f"written outside: {outside}")
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def archive_with(name: str, data: bytes = b"x", mode: int = 0, size: int | None = None) -> bytes:
    "A zip with one odd member and a good one."
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        entry = zipfile.ZipInfo(name)
        entry.external_attr = mode << 16
        archive.writestr(entry, data)
        archive.writestr("set/data/a.txt", b"good")
    return file.getvalue()


def archives(draw: random.Random) -> Iterator[Try]:
    "Downloaded zips and zips for a server."
    good = zipped({"set/data/a.txt": b"hello " * 50, "set/LICENSE": b"free"})
    expected = {"data/a.txt": b"hello " * 50, "LICENSE": b"free"}

    def parts(result):  # a damaged name is a missing file: the digest over all files notices it
        return all(expected.get(name) == data or name not in expected for name, data in result.items())

    yield from damaged("archives",
                       "download",
                       "set.zip",
                       good,
                       12,
                       draw,
                       unpacked,
                       parts,
                       named=("example.org", "archive"))
    hostile = {
        "up": ("../evil.txt", 0), "deep up": ("set/data/../../../evil.txt", 0), "absolute":
        ("/tmp/evil.txt", 0), "drive": ("C:/evil.txt", 0), "backslash": ("set\\data\\..\\evil.txt", 0),
        "link": ("set/data/l.txt", 0o120777), "device": ("set/data/d.txt", 0o020666), "fifo":
        ("set/data/f.txt", 0o010666), "socket": ("set/s", 0o140666)
    }
    for label, (name, mode) in hostile.items():
        yield Try("archives",
                  f"member {label}",
                  partial(put, name="set.zip", data=archive_with(name, mode=mode)),
                  unpacked,
                  named=("archive", ))
    small = Source(
        **{**{f: getattr(SOURCE, f)
              for f in SOURCE._fields}, "max_bytes": 10**6}) if hasattr(SOURCE, "_fields") else SOURCE
    bomb = archive_with("set/data/b.txt", bytes(50 * 10**6))
    yield Try("archives",
              "bomb",
              partial(put, name="set.zip", data=bomb),
              lambda path: unpack(path, small, path.with_name("out")),
              named=("archive", ))
    for label, data in {
            "text": b"hello", "empty": b"", "gzip": gzip.compress(b"x"), "only an end": b"PK\5\6" + bytes(18)
    }.items():
        yield Try("archives", f"no zip: {label}", partial(put, name="set.zip", data=data), unpacked,
                  lambda result: result == {}, ("example.org", "archive"))
    yield from server_zips(draw)


class TwoImages:
    "What a submission is checked against."
    names = ["a", "b"]

    def size(self, index):
        return 48, 64

    def __len__(self):
        return 2


def server_zips(draw: random.Random) -> Iterator[Try]:
    "Zips for a benchmark's server."
    picture = encoded("PNG", small_pixels()[..., 0])
    good = zipped({"a.png": picture, "b.png": picture})
    check = lambda path: submissions.validate_submission(path, TwoImages())
    faulty = lambda faults: bool(faults) and all(len(fault.splitlines()) == 1 for fault in faults)
    yield from damaged("archives", "submission", "maps.zip", good, 10, draw, check,
                       lambda faults: faulty(faults) or faults == [])
    for label, members in {
            "nothing": {}, "one missing": {"a.png": picture}, "an extra":
        {"a.png": picture, "b.png": picture, "c.png":
         picture}, "../": {"../a.png": picture, "a.png": picture, "b.png": picture}, "16 bit":
        {"a.png": picture, "b.png": encoded("PNG", values_16(np.linspace(0, 1, 48 * 64).reshape(48, 64)))},
            "colour": {"a.png": picture, "b.png":
                       encoded("PNG")}, "huge": {"a.png": picture, "b.png": huge_header(".png")}, "a jpeg":
        {"a.png": picture, "b.png": encoded("JPEG")
         }, "constant": {"a.png": picture, "b.png": encoded("PNG", np.zeros(
             (48, 64), np.uint8))}, "empty file": {"a.png": picture, "b.png": b""}
    }.items():
        yield Try("archives", f"submission: {label}", partial(put, name="maps.zip", data=zipped(members)),
                  check, faulty)
    yield Try("archives", "submission: bomb of 3 GB",
              lambda f: put(f, "maps.zip", zip_bomb("b.png", picture, 3 * 2**30)), check, faulty)


# ---- parameters ----

CONFIGS = (PrepareConfig, TrainingConfig, EvaluationConfig, FiguresConfig, ReportConfig, ScoringConfig,
           StudyConfig, StudyReportConfig, MetricsBenchmark, TrainingBenchmark, RunConfig)
WRONG_TYPES = ([1], {"a": 1}, b"x", 1 + 2j, object)


def hostile_values(field) -> list:
    "Values that a field must refuse."
    kind = str(field.type)
    wrong = list(WRONG_TYPES)
    if "int" in kind:
        wrong += ["1", 1.5, True, -1, float("nan")] + ([] if "None" in kind else [None])
    if "float" in kind:
        wrong += ["1e-3", True, float("nan"), float("inf"), -float("inf")]
    if "bool" in kind:
        wrong += ["false", 0, 1, None]
    if "str" in kind:
        wrong += [1, True] + ["no such choice"] * bool(field.metadata.get("choices"))
    if field.name in ("rows", "columns"):
        wrong += [0, 17, 16 * 10**8]
    if field.name == "seed":
        wrong += [2**32, 10**30]
    if field.name in ("run", "start"):
        wrong += [
            "../x/y", "/etc/x", "a/../b", "a//b", "a/b\n", "a/\0", "a b/c", "-rf/x", "", "~/x", "a/é",
            "a" * 5000 + "/b"
        ]
    return wrong


def read_config(call: tuple) -> object:
    "A configuration from a notebook's parameters; a run's name is used for its folder, as in pipelines."
    config, name, value = call
    read = config.read({name: value})
    if name in ("run", "start") and value is not None:
        run_folder(getattr(read, "runs", "runs"), value)
    return read


def parameters(draw: random.Random) -> Iterator[Try]:
    "Wrong types, ranges and names for every parameter of every notebook."
    every = [(config, field, value) for config in CONFIGS for field in fields(config)
             for value in hostile_values(field)]
    by_special = [call for call in every if call[1].name in ("rows", "columns", "seed", "run", "start")]
    some = draw.sample(every, 260) + by_special[::2]
    for config, field, value in some:
        yield Try("parameters",
                  f"{config.__name__} {field.name}={value!r}"[:90],
                  lambda folder, call=(config, field.name, value): call,
                  read_config,
                  named=(f"parameter {field.name}", ))
    for config in CONFIGS:
        for name in ("nonsense", "Run", "__class__", "", "rows ", "<script>"):
            yield Try("parameters",
                      f"{config.__name__} with {name!r}",
                      lambda folder, call=(config, name, 1): call,
                      read_config,
                      named=(f"unknown parameter {name}", ))


# ---- what a run leaves: checkpoint, log, scores, metrics, cache, features ----

FIELDS = dict(run="fuzz/a",
              dataset="popout",
              width=1 / 32,
              weights=None,
              rows=32,
              columns=48,
              batch_size=2,
              images=4,
              validation_images=2,
              bootstrap_epochs=1,
              adversarial_epochs=0)


@cache
def checkpoint() -> bytes:
    "A checkpoint of a small training that has not begun."
    config = TrainingConfig(**FIELDS)
    with tempfile.TemporaryDirectory() as folder:
        state = new_state(config, make_accelerator())
        state.data = "0"
        save_checkpoint(state, Path(folder))
        return (Path(folder) / "checkpoint/last.pt").read_bytes()


def same_content(one: object, other: object) -> bool:
    "Whether two checkpoints hold the same bits."
    if isinstance(one, dict):
        return isinstance(other, dict) and one.keys() == other.keys() and all(
            same_content(one[k], other[k]) for k in one)
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(same_content, one, other))
    return torch.equal(one, other) if isinstance(one, torch.Tensor) else one == other


@cache
def checkpoint_content() -> dict:
    return torch.load(io.BytesIO(checkpoint()), weights_only=True)


def evaluated_run(folder: Path) -> Path:
    "A run with log, scores and metrics."
    metric = dict(mean=1.0, low=0.5, high=1.5, undefined=0)
    put(folder, "config.json", json.dumps({**FIELDS, "content": "bce", "downsample": 4, "seed": 0}).encode())
    put(folder, "log.csv",
        b"epoch,phase,updates,content,val_CC\n1,bootstrap,10,0.5,0.25\n2,adversarial,10,0.25,0.5\n")
    put(folder, "scores.csv", b"set,image,NSS,CC\npopout-test,a,1.5,0.25\npopout-test,b,0.5,0.75\n")
    put(folder, "metrics.json",
        json.dumps({"popout-test": dict(protocol="mit", images=2, metrics=dict(NSS=metric))}).encode())
    return folder


def drawn_log(folder: Path) -> bool:
    "Training curves of a run."
    from matplotlib import pyplot as plt
    plt.close(training_curves({"run": folder}))
    return True


def sound_scores(table) -> bool:
    "Whether scores are numbers of the right columns."
    numbers = [column for column in table if column not in ("set", "image", "model")]
    return {"set", "image"} <= set(table) and (not len(table) or all(table[c].dtype.kind in "fi"
                                                                     for c in numbers))


RUN_FILES = {  # file -> how it is read, and what is right
    "config.json": (read_run, lambda config: isinstance(config, dict)),
    "log.csv": (drawn_log, lambda drawn: drawn),
    "scores.csv": (read_scores, sound_scores),
    "metrics.json": (partial(read_metrics, set_name="popout-test"), lambda read: isinstance(read, dict)),
}


def run_files(draw: random.Random) -> Iterator[Try]:
    "Files of a run, damaged."
    same = lambda content: same_content(content, checkpoint_content())
    yield from damaged("run files",
                       "checkpoint",
                       "checkpoint/last.pt",
                       checkpoint(),
                       30,
                       draw,
                       read_checkpoint,
                       same,
                       make=lambda folder: folder)
    for label, write in (("pickle", pickled), ("code",
                                               lambda f: torch_file({"a": Payload(f.parent / "executed")})),
                         ("empty", lambda f: b""), ("list", lambda f: torch_file([1])),
                         ("no keys", lambda f: torch_file({})), ("number", lambda f: torch_file(3))):
        yield Try("run files",
                  f"checkpoint: {label}",
                  lambda f, w=write: (put(f, "checkpoint/last.pt", w(f)), f)[1],
                  read_checkpoint,
                  named=("last.pt", ))
    with tempfile.TemporaryDirectory() as folder:
        run = evaluated_run(Path(folder))
        whole = {name: (run / name).read_bytes() for name in RUN_FILES}
    for name, (read, right) in RUN_FILES.items():
        yield from damaged("run files", name, name, whole[name], 8, draw, read, right, make=evaluated_run)
        for label, data in {
                "empty": b"", "nul": bytes(100), "list": b"[]", "number": b"3", "latin": b"\xff\xfe", "deep":
                b"[" * 200_000
        }.items():
            yield Try("run files",
                      f"{name}: {label}",
                      lambda f, n=name, d=data: (evaluated_run(f), put(f, n, d))[0],
                      read,
                      named=(name, ))
    yield Try("run files",
              "config.json of another experiment",
              evaluated_run,
              lambda folder: open_run(folder, TrainingConfig(**FIELDS, seed=7)),
              named=("config.json", ))
    yield from manifests(draw)


def manifests(draw: random.Random) -> Iterator[Try]:
    "What salgan-predict left in the folder of its results."
    for text in ("", "{", "[]", "3", "null", "\xff", '{"weights": "other"}', "[" * 200_000, '"x"', "\0"):

        def make(folder, text=text):
            folder_of_pictures([], 0, folder)
            put(folder, "out/salgan-predict.json", text.encode("latin-1"))
            return folder

        right = lambda answer, text=text: refused(answer) if text != "null" else answer[
            "code"] == 0 or refused(answer)
        yield Try("run files", f"salgan-predict.json says {text[:30]!r}", make, predict_folder, right)


SCENES = PopOut(3, seed=7)


@cache
def cache_files() -> dict[str, bytes]:
    "A finished cache of three scenes, with its kept features."
    with tempfile.TemporaryDirectory() as folder:
        stored = get_cache(SCENES, (32, 48), folder)
        kept_features(stored, generator(), silent=True)
        return {
            str(path.relative_to(folder)): path.read_bytes()
            for path in Path(folder).rglob("*") if path.is_file()
        }


def put_cache(folder: Path) -> Path:
    "A copy of the cache."
    for name, data in cache_files().items():
        put(folder, f"cache/{name}", data)
    return folder


@cache
def cache_values() -> tuple:
    with tempfile.TemporaryDirectory() as folder:
        stored = get_cache(SCENES, (32, 48), folder)
        arrays = [np.array(a) for a in stored[:4]]
        return *arrays, list(stored.names), np.array(kept_features(stored, generator(), silent=True))


def opened_cache(folder: Path) -> tuple:
    "What a training reads of a cache and its features."
    stored = open_verified(folder / "cache")
    return *(np.array(a) for a in stored[:4]), list(stored.names), np.array(
        kept_features(stored, generator(), silent=True))


def open_verified(folder: Path):
    "The cache as training gets it."
    return get_cache(SCENES, (32, 48), folder, verify=True)


def same_cache(values: tuple) -> bool:
    "Whether a cache and its features hold what was computed."
    return all(np.array_equal(one, other) for one, other in zip(values, cache_values()))


def caches(draw: random.Random) -> Iterator[Try]:
    "Prepared arrays, and features of fixed layers, damaged: read right, refused, or built again."
    for name, data in cache_files().items():
        yield from damaged("caches",
                           Path(name).name,
                           f"cache/{name}",
                           data,
                           5,
                           draw,
                           opened_cache,
                           same_cache,
                           make=put_cache,
                           named=(Path(name).name, Path(name).parent.name))


# ---- videos ----


@cache
def video() -> bytes:
    "A second of moving pictures."
    import av
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as out:
        track = out.add_stream("libx264", rate=8)
        track.width, track.height, track.pix_fmt = 64, 48, "yuv420p"
        for k in range(8):
            pixels = np.roll(small_pixels(), 4 * k, 1)
            out.mux(track.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        out.mux(track.encode())
    return file.getvalue()


def videos(draw: random.Random) -> Iterator[Try]:
    "Damaged videos, and files that are none."
    read = lambda path: overlay_video(Predictor(generator(), (48, 64)), path, path.with_name("out.mp4"))
    yield from damaged("videos", "mp4", "clip.mp4", video(), 10, draw, read, lambda frames: 0 < frames <= 8)
    for label, data in {
            "empty": b"", "text": b"hello" * 100, "png": encoded("PNG"), "zeros": bytes(10_000), "playlist":
            b"#EXTM3U\n#EXTINF:1,\n/etc/passwd\n", "concat": b"ffconcat version 1.0\nfile /etc/passwd\n"
    }.items():
        yield Try("videos", label, partial(put, name="clip.mp4", data=data), read,
                  (lambda frames: frames == 1) if label == "png" else lambda frames: False)
    for kind in ODD:
        yield Try("videos", f"a {kind} as .mp4", partial(odd_file, kind, name="odd.mp4"), read)


KINDS = dict(pictures=pictures,
             commands=commands,
             maps=maps,
             weights=weights,
             recordings=recordings,
             tables=tables,
             archives=archives,
             parameters=parameters,
             run_files=run_files,
             caches=caches,
             videos=videos)


def all_tries(seed: int, kinds: list[str], short: bool) -> list[Try]:
    "Every try of some kinds, or one in SHARE, none of them slow."
    tries = [attempt for kind in kinds for attempt in KINDS[kind](random.Random(f"{seed} {kind}"))]
    if not short:
        return tries
    quick = [attempt for attempt in tries if not re.search("bomb|million", attempt.name)]
    return random.Random(seed).sample(quick, len(quick) // SHARE)


def main() -> int:
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=raw)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--kinds", nargs="*", choices=list(KINDS), default=list(KINDS))
    parser.add_argument("--short", action="store_true", help=f"one try in {SHARE}")
    parser.add_argument("--all", action="store_true", help="print the clear ones, too")
    asked = parser.parse_args()
    os.environ.update(SALGAN_FUZZ="1", HF_HUB_OFFLINE="1", TQDM_DISABLE="1")
    torch.set_num_threads(1)
    begun, told = time.monotonic(), []
    with tempfile.TemporaryDirectory() as name:
        attempts = all_tries(asked.seed, asked.kinds, asked.short)
        os.chdir(name)
        for attempt, verdict, text, seconds in try_all(attempts, Path(name)):
            told.append((verdict, attempt, text, seconds))
    told.sort(key=lambda one: WORST_FIRST.index(one[0]))
    for verdict, attempt, text, seconds in told:
        if verdict != "clear" or asked.all:
            print(f"{verdict:5} {attempt.kind}: {attempt.name}: {text.replace(name, '')!r} ({seconds:.1f} s)")
    counts = Counter(verdict for verdict, *_ in told)
    kinds = Counter(attempt.kind for _, attempt, *_ in told)
    slowest = max(told, key=lambda one: one[3])
    print(
        f"{', '.join(f'{count} {kind}' for kind, count in kinds.items())}; slowest {slowest[3]:.1f} s "
        f"({slowest[1].kind}: {slowest[1].name}); {time.monotonic() - begun:.0f} s in all; seed {asked.seed}")
    print(f"{len(told)} tried, {counts['clear']} clear, {counts['poor']} poor, {counts['bad']} bad")
    return int(counts["poor"] + counts["bad"] > 0)


if __name__ == "__main__":
    sys.exit(main())
