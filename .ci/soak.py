"""Kill work with SIGKILL, interrupt it, or let the disk run full, and compare the results of its second session.

    python .ci/soak.py [--kills 20] [--interrupts 5] [--full 5] [--seed 0] [--work NAME ...]

Every other kill or interrupt comes while a file is being written, all others at a random moment. Work counts as equal
if all its files have the bytes of one that was left alone, times left out; of a training also the discriminator and the
state of both optimisers. A kill takes the process alone: what it started in other processes has to notice by itself. An
interrupted command ends with exit code 130 and without a traceback. A disk is full in a small file system in memory,
which needs the right to mount one.

The kinds of work: training (both phases), prepare, predict (a folder), again (the same folder into the same place, ten
pictures having changed), video, evaluate, report (figures and page of a run), study (three runs of the plan with their
doses, scores, ledger).
"""
import argparse
import hashlib
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from PIL import Image

from salgan.checks.network_speed import write_pictures

# words and numbers that say when, how long and where
TIMES = re.compile(r"\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}(:\d{2})?|[\d.]+ s\b|(\.\./)+")
UNEQUAL = {"environment.json", "salgan-predict.json", "figures.ipynb", "report.ipynb"}  # files that hold times
TRAINING = """
from salgan.__main__ import main
sys.exit(main(["train", "quick", "run=soak/run", f"runs={folder}/runs", f"cache={folder}/cache", "width=0.25",
               "trainable_width=1.0", "weights=null", "images=16", "validation_images=2", "rows=48", "columns=64",
               "batch_size=4", "bootstrap_epochs=3", "adversarial_epochs=3", "checkpoint_seconds=0"]))
"""
PREPARE = """
from salgan.datasets import get_cache, OSIEMini
for size in ((96, 128), (192, 256)): get_cache(OSIEMini("train"), size, f"{folder}/cache", workers=1)
"""
PREDICT = """
from salgan.__main__ import main
sys.exit(main(["predict", f"{folder}/in", "-o", f"{folder}/out", "--format", "png,npy,overlay,regions"]))
"""
EVALUATE = """
from salgan.scoring import evaluate, EvaluationConfig
for split in ("val", "test"):
    evaluate(EvaluationConfig(run="soak/run", runs=f"{folder}/runs", dataset="popout", split=split, images=6, maps=3))
"""
STUDY = """
from salgan import study
config = study.StudyConfig(toy=True, runs=f"{folder}/runs", cache=f"{folder}/cache")
wanted = {f"study_toy/{name}_2" for name in ("start", "content", "gan4")}
study.train_runs([(dose, run) for dose, run in study.planned_runs(config) if run.run in wanted])
study.score_study(config)
study.write_ledger(config)
"""
REPORT = """
from papermill import execute_notebook
for name, fields in dict(figures=dict(dataset="popout"), report=dict(set_name="popout-test")).items():
    execute_notebook(f"nbs/{name}.ipynb", f"{folder}/{name}.ipynb", dict(run="soak", runs=f"{folder}/runs") | fields,
                     progress_bar=False)
"""


class Work(NamedTuple):
    "Something that can be disturbed."
    code: str                                # what its process runs; `folder` is where
    results: str                             # folder of what is compared
    prepare: Callable[[Path], None] = Path.mkdir  # makes the folder and what the work reads


def pictures(folder: Path) -> None:
    "Forty small pictures to predict."
    draw = np.random.default_rng(0)
    for number in range(40):
        path = folder / f"in/{number % 4}/{number}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(draw.integers(0, 255, (90, 120, 3), np.uint8)).save(path)


def predicted(folder: Path) -> None:
    "Forty pictures with their results; ten have changed since, or came in place of another."
    pictures(folder)
    run(PREDICT, folder)
    for number in range(10):
        path = folder / f"in/{number % 4}/{number}.jpg"
        Image.open(path).rotate(180).save(path.with_suffix(".png" if number % 2 else ".jpg"))
        if number % 2:
            path.unlink()


def video(folder: Path) -> None:
    "A video of forty frames."
    _, film = write_pictures(folder / "film", 40)
    (folder / "in").mkdir()
    film.rename(folder / "in/film.mp4")


def runs_of(name: str, place: Path, folder: Path) -> None:
    "Copies of the runs that other work left."
    alone, _ = undisturbed(name, place)
    shutil.copytree(alone / "runs", folder / "runs", ignore=shutil.ignore_patterns("checkpoint"))


def works(place: Path) -> dict[str, Work]:
    return dict(training=Work(TRAINING, "runs"), prepare=Work(PREPARE, "cache"), predict=Work(PREDICT, "out", pictures),
                again=Work(PREDICT, "out", predicted), video=Work(PREDICT, "out", video),
                evaluate=Work(EVALUATE, "runs", partial(runs_of, "training", place)),
                report=Work(REPORT, "runs", partial(runs_of, "evaluate", place)), study=Work(STUDY, "runs"))


def run(code: str, folder: Path, disturb: Callable = lambda process: None) -> tuple[int, str]:
    "Exit code and words of a process as a user starts it, to which something may happen."
    with tempfile.TemporaryFile("w+") as said:
        program = f"import sys\nfolder = {str(folder)!r}\n{code}"
        process = subprocess.Popen([sys.executable, "-c", program], stdout=said, stderr=said)
        disturb(process)
        ended = process.wait()
        said.seek(0)
        return ended, said.read()[-3000:]


@cache
def undisturbed(name: str, place: Path) -> tuple[Path, float]:
    "The folder of the work that nobody disturbs, and its seconds. What it said ends the program if it fails."
    work, folder = works(place)[name], place / name
    work.prepare(folder)
    begun = time.monotonic()
    code, said = run(work.code, folder)
    if code:
        sys.exit(said)
    return folder, time.monotonic() - begun


def without_times(value):
    "A nested value as text, tensors as their bytes, without entries that say how long."
    if isinstance(value, dict):
        return {str(k): without_times(v) for k, v in value.items() if k not in ("seconds", "sessions")}
    if isinstance(value, (list, tuple)):
        return [without_times(v) for v in value]
    return hashlib.sha256(value.contiguous().numpy()).hexdigest() if isinstance(value, torch.Tensor) else repr(value)


def file_content(file: Path, folder: Path) -> bytes:
    "What two files of equal work have in common."
    if file.suffix == ".pt":
        return json.dumps(without_times(torch.load(file, weights_only=True)), sort_keys=True).encode()
    if file.name == "metrics.json":
        return json.dumps({name: entry["metrics"] for name, entry in json.loads(file.read_text()).items()}).encode()
    content = file.read_bytes().replace(str(folder).encode(), b"")
    return TIMES.sub("", content.decode()).encode() if file.suffix == ".html" else content


def result(folder: Path, part: str) -> dict[str, str]:
    "Checksums of the visible files below a folder."
    return {str(file.relative_to(folder)): hashlib.sha256(file_content(file, folder)).hexdigest()
            for file in sorted((folder / part).rglob("[!.]*")) if file.is_file() and file.name not in UNEQUAL}


def half_written(folder: Path) -> list[str]:
    return [file.name for file in folder.rglob(".*.part")]


def send(process: subprocess.Popen, number: signal.Signals, after: float, writing: Path | None) -> None:
    "Send a signal after some seconds, or then as soon as a file is being written below a folder."
    time.sleep(after)
    while writing and process.poll() is None and not half_written(writing):
        time.sleep(0.0005)
    process.send_signal(number)


def after_signal(name: str, place: Path, folder: Path, sent: int, count: int, draw: random.Random) -> str | None:
    "Send a signal to some work, and finish it. What is wrong then; None for work that was done before."
    work, (alone, length) = works(place)[name], undisturbed(name, place)
    work.prepare(folder)
    moment = dict(after=draw.uniform(0.3, 1) * length, writing=folder if count % 2 else None)
    code, said = run(work.code, folder, partial(send, number=sent, **moment))
    if code == 0:
        return None
    clear = sent == signal.SIGKILL or code == 130 and "Traceback" not in said
    return ("" if clear else f"ended with {code}: {said} ") + finished(work, folder, alone)


def after_full_disk(name: str, place: Path, folder: Path, _, count: int, draw: random.Random) -> str:
    "Let the disk run full under some work, make room, and finish it. What is wrong then."
    work, (alone, _) = works(place)[name], undisturbed(name, place)
    needed = sum(file.stat().st_size for file in alone.rglob("*") if file.is_file())
    room = f"size={2 * needed + 2**24}"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", room, "tmpfs", str(folder)], check=True)
    try:
        work.prepare(folder / "work")
        read = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
        used = shutil.disk_usage(folder).used  # whole pages
        size = int(used + draw.uniform(0.1, 0.9) * max(needed - read, 2**17))
        subprocess.run(["mount", "-o", f"remount,size={size}", str(folder)], check=True)
        code, said = run(work.code, folder / "work")
        subprocess.run(["mount", "-o", f"remount,{room}", str(folder)], check=True)
        clear = code == 0 or "No space left" in said or "disk full" in said
        return ("" if clear else f"no clear message: {said} ") + finished(work, folder / "work", alone)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)  # a worker may be about to end


def finished(work: Work, folder: Path, alone: Path) -> str:
    "Finish some work; what is wrong with its result."
    code, said = run(work.code, folder)
    found, right = result(folder, work.results), result(alone, work.results)
    different = sorted(name for name in found.keys() | right.keys() if found.get(name) != right.get(name))
    wrong = [said] * (code != 0) + [f"DIFFERENT: {len(different)} files, {different[:5]}"] * bool(different)
    return "; ".join(wrong + [f"left behind: {left}" for left in [half_written(folder)] if left])


def can_mount(place: Path) -> bool:
    "Whether this user may mount a file system in memory."
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", place]
    allowed = subprocess.run(mount, capture_output=True).returncode == 0
    return allowed and subprocess.run(["umount", place]).returncode == 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    names = list(works(Path()))
    parser.add_argument("--kills", type=int, default=20, help="of each kind of work")
    parser.add_argument("--interrupts", type=int, default=5, help="of each command")
    parser.add_argument("--full", type=int, default=5, help="full disks of each kind of work")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--work", nargs="*", choices=names, default=names)
    asked = parser.parse_args()
    draw, wrong = random.Random(asked.seed), 0
    with tempfile.TemporaryDirectory() as name:
        place = Path(name).resolve()
        disks = asked.full if can_mount(place / "disk") else print("no right to mount a file system") or 0
        for kind in asked.work:
            command = "sys.exit(main(" in works(place)[kind].code
            for how, times, disturb, sent in (
                    ("killed", asked.kills, after_signal, signal.SIGKILL), ("full disk", disks, after_full_disk, None),
                    ("interrupted", asked.interrupts * command, after_signal, signal.SIGINT)):
                found = []
                while len(found) < times:
                    folder = Path(tempfile.mkdtemp(dir=place)) / "try"
                    told = disturb(kind, place, folder, sent, len(found), draw)
                    found += [] if told is None else [told]
                    print(f"{kind}, {how} {len(found)}: {told}\n" * bool(told), end="", flush=True)
                    shutil.rmtree(folder.parent)
                wrong += sum(map(bool, found))
                print(f"{kind}, {how}: {found.count('')} of {times} ended as they should and resumed to the same bits; "
                      f"undisturbed {undisturbed(kind, place)[1]:.1f} s" * (times > 0), flush=True)
    print(f"seed {asked.seed}, torch {torch.__version__}, {os.cpu_count()} processors: {wrong} wrong")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
