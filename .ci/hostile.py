"""Hostile bytes, and how a reader is tried with them in a process with limits of time and memory."""
import copy
import dataclasses
import io
import json
import multiprocessing
import os
import resource
import signal
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

import numpy as np
import torch
from hypothesis import HealthCheck, Phase, given, seed, settings, strategies as st

LONGEST, MOST_MEMORY = 20, 2 * 2**30  # seconds; bytes more than before
CANARY = Path(tempfile.gettempdir()) / f"executed_{os.getpid()}"


@dataclasses.dataclass
class Case:
    "What lies in the folder of a try, and what must come of it."
    about: str
    files: dict[str, bytes | str | int]  # path -> bytes, how many zeros, or which odd thing; the first is the hostile one
    must: str = "either"  # "refuse", "read" or either
    extra: object = None  # what the reader wants to know besides
    named: tuple[str, ...] = ()  # what a refusal names one of; by default the first file

    name = property(lambda self: next(iter(self.files), ""))


# ---- one try, and the process of all tries of a door ----


def place(files: dict, folder: Path) -> None:
    "Put files and odd things into a folder."
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            path.write_bytes(content)
        elif isinstance(content, int):
            path.touch()
            os.truncate(path, content)  # takes no place
        elif content in ("fifo", "folder"):
            (os.mkfifo if content == "fifo" else os.mkdir)(path)
        else:
            path.symlink_to(dict(loop=path.name, device="/dev/zero", dangling="nowhere")[content])


def contents(folder: Path) -> dict[Path, int]:
    "Checksums of the plain files below a folder, without huge ones, and caches, which may be built again."
    return {path: zlib.crc32(path.read_bytes()) for path in folder.rglob("*")
            if path.is_file() and not path.is_symlink() and "cache" not in path.parts and path.stat().st_size < 2**26}


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


def try_door(strategy: Callable, read: Callable, most: int, number: int) -> tuple[int, str | None]:
    "How many cases were tried, and what is wrong: the smallest case that fails, or the one that ends a process."
    with tempfile.TemporaryFile("w+") as told:
        process = multiprocessing.get_context("fork").Process(
            target=try_all, args=(told, strategy, read, most, number))
        process.start()
        process.join()
        told.seek(0)
        _, *tried, last = ["", *map(json.loads, told)]
    if isinstance(last, dict):
        return len(tried) - 1, last["wrong"]
    return len(tried), f"{last}: {'a hang' if process.exitcode == -signal.SIGALRM else 'the process died'}"


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
