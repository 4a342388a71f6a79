"""Kill work with SIGKILL, or let the disk run full, and compare the results of its second session.

    python .ci/soak.py [--kills 20] [--full 5] [--seed 0] [--work NAME ...]

Every other kill of a training comes while a checkpoint is being written, all others at a random moment. A
training counts as equal if its weights, its discriminator, the state of both optimisers and its log have the
bits of one that was left alone; the rest if all its files have the same bytes, times left out. A kill takes the
process alone: what it started in other processes has to notice by itself. A disk is full in a small file system
in memory, which needs the right to mount one.

The kinds of work: training (both phases), prepare, predict (a folder), video, evaluate, report (figures and page of a
run), study (three runs of the plan with their doses, scores, ledger).
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

import av
import numpy as np
import torch
from PIL import Image

FIELDS = dict(width=0.25,
              trainable_width=1.0,
              weights="null",
              images=16,
              validation_images=2,
              rows=48,
              columns=64,
              batch_size=4,
              bootstrap_epochs=3,
              adversarial_epochs=3,
              checkpoint_seconds=0)
TIMES = ("seconds", "sessions")  # in a checkpoint: no part of the result


class Work(NamedTuple):
    "Something that can be killed: its code, which gets a folder as argument, and a hash of its result."
    code: str
    result: Callable[[Path], str]
    prepare: Callable[[Path], None] = lambda folder: None  # once, in a new folder


def make_ready(work: Work, folder: Path) -> None:
    "A folder with what the work reads, made once."
    if not folder.exists():
        folder.mkdir(parents=True)
        work.prepare(folder)


def bytes_in(folder: Path) -> int:
    "What the files of a folder take."
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def start(work: Work, folder: Path) -> subprocess.Popen:
    "A process as a user starts it; what it says is kept beside its folder."
    make_ready(work, folder)
    with open(folder.with_suffix(".txt"), "ab") as said:
        return subprocess.Popen([sys.executable, "-c", work.code, str(folder)], stdout=said, stderr=said)


@cache
def undisturbed(work: Work, place: Path) -> tuple[Path, float]:
    "The folder of the work that nobody kills, and its seconds. What it said ends the program if it fails."
    folder, begun = place / "alone", time.monotonic()
    if start(work, folder).wait():
        sys.exit((place / "alone.txt").read_text()[-3000:])
    return folder, time.monotonic() - begun


def hash_values(value, told) -> None:
    "Feed all of a nested value to a hash."
    if isinstance(value, dict):
        for key in value:
            told.update(str(key).encode())
            hash_values(value[key], told)
    elif isinstance(value, torch.Tensor):
        told.update(value.contiguous().numpy().tobytes())
    elif isinstance(value, (list, tuple)):
        for item in value:
            hash_values(item, told)
    else:
        told.update(repr(value).encode())


def training_result(folder: Path) -> str:
    "A hash of all that a run ended with, times left out."
    run, told = folder / "runs/soak/run", hashlib.sha256()
    content = torch.load(run / "checkpoint/last.pt", weights_only=True)
    hash_values({name: content[name] for name in sorted(set(content) - set(TIMES))}, told)
    for file in ("generator.safetensors", "best.safetensors", "log.csv"):
        told.update((run / file).read_bytes())
    return told.hexdigest()


def files_result(*parts: str) -> Callable[[Path], str]:
    "A hash of the visible files below some folders; what metrics.json says of the machine is left out."
    def result(folder: Path) -> str:
        told = hashlib.sha256()
        for part in parts:
            for file in sorted((folder / part).rglob("[!.]*")):
                if file.is_file() and file.name != "salgan-predict.json":  # which holds times
                    told.update(str(file.relative_to(folder)).encode())
                    told.update(metrics_only(file) if file.name == "metrics.json" else file.read_bytes())
        return told.hexdigest()

    return result


def metrics_only(file: Path) -> bytes:
    "The numbers of a metrics.json."
    return json.dumps({name: entry["metrics"]
                       for name, entry in json.loads(file.read_text()).items()}).encode()


def study_result(folder: Path) -> str:
    "A hash of a study's tables and of its runs' networks, logs and scores."
    group, told = folder / "runs/study_toy", hashlib.sha256()
    for file in sorted([*group.rglob("*.csv"), *group.rglob("*.safetensors")]):
        content = file.read_bytes().replace(str(folder).encode(), b"")  # a line of the ledger names the folder
        told.update(str(file.relative_to(group)).encode() + content)
    return told.hexdigest()


def report_result(folder: Path) -> str:
    "A hash of a report's page, times and the folder left out, and of its figures."
    run = folder / "runs/soak"
    page = (run / "report.html").read_text().replace(str(folder), "")
    page = re.sub(r"(\.\./)+", "../", page)  # links to the project: some folders lie deeper than others
    page = re.sub(r"\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}(:\d{2})?|[\d.]+ s\b", "", page)
    told = hashlib.sha256(page.encode())
    for file in sorted((run / "figures").rglob("[!.]*.png")):
        told.update(str(file.relative_to(run)).encode() + file.read_bytes())
    return told.hexdigest()


def pictures(folder: Path) -> None:
    "Forty small pictures to predict."
    draw = np.random.default_rng(0)
    for number in range(40):
        path = folder / f"in/{number % 4}/{number}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(draw.integers(0, 255, (90, 120, 3), np.uint8)).save(path)


def video(folder: Path) -> None:
    "A video of forty frames."
    draw = np.random.default_rng(0)
    (folder / "in").mkdir()
    with av.open(str(folder / "in/film.mp4"), "w") as film:
        track = film.add_stream("libx264", rate=10)
        track.width, track.height, track.pix_fmt = 120, 90, "yuv420p"
        for _ in range(40):
            frame = av.VideoFrame.from_ndarray(draw.integers(0, 255, (90, 120, 3), np.uint8), "rgb24")
            film.mux(track.encode(frame))
        film.mux(track.encode())


def copy_runs(work: Work, place: Path, folder: Path) -> None:
    "Copies of the runs that other work left."
    alone, _ = undisturbed(work, place)
    shutil.copytree(alone / "runs", folder / "runs", ignore=shutil.ignore_patterns("checkpoint"))


TRAINING = f"""
import sys
from salgan.training.train_command import main
fields = {FIELDS!r}
folder = sys.argv[1]
main(["quick", *(f"{{k}}={{v}}" for k, v in fields.items()), "run=soak/run", f"runs={{folder}}/runs",
      f"cache={{folder}}/cache"])
"""
PREPARE = """
import sys
from salgan.datasets import get_cache, OSIEMini
for size in ((96, 128), (192, 256)): get_cache(OSIEMini("train"), size, f"{sys.argv[1]}/cache", workers=1)
"""
PREDICT = """
import sys
from salgan.prediction.predict_command import main
folder = sys.argv[1]
sys.exit(main([f"{folder}/in", "-o", f"{folder}/out", "--format", "png,npy,overlay,regions"]))
"""
EVALUATE = """
import sys
from salgan.scoring import evaluate, EvaluationConfig
for split in ("val", "test"):
    evaluate(EvaluationConfig(run="soak/run", runs=f"{sys.argv[1]}/runs", dataset="popout", split=split,
                              images=6, maps=3))
"""
STUDY = """
import sys
from salgan import study
folder = sys.argv[1]
config = study.StudyConfig(toy=True, runs=f"{folder}/runs", cache=f"{folder}/cache")
wanted = {f"study_toy/{name}_2" for name in ("start", "content", "gan4")}
study.train_runs([(dose, run) for dose, run in study.planned_runs(config) if run.run in wanted])
study.score_study(config)
study.write_ledger(config)
"""
REPORT = """
import sys
from papermill import execute_notebook
folder = sys.argv[1]
for name, fields in dict(figures=dict(dataset="popout"), report=dict(set_name="popout-test")).items():
    execute_notebook(f"nbs/{name}.ipynb", f"{folder}/{name}.ipynb", dict(run="soak", runs=f"{folder}/runs") | fields,
                     progress_bar=False)
"""


def wait_for(seen, process: subprocess.Popen) -> bool:
    "Look until `seen()`, or until the process has ended."
    while process.poll() is None:
        if seen():
            return True
        time.sleep(0.0005)
    return False


def writes_checkpoint(folder: Path) -> bool:
    "Whether a checkpoint is being written."
    return any((folder / "runs/soak/run/checkpoint").glob(".last.pt.*.part"))


def wait_to_kill(name: str, folder: Path, process: subprocess.Popen, length: float, number: int,
                 draw) -> None:
    "Until the moment of a kill: random, or, for every other training, while a checkpoint is being written."
    if name == "training" and number % 5:  # one of five may come before the first checkpoint
        wait_for((folder / "runs/soak/run/checkpoint/last.pt").is_file, process)
        time.sleep(draw.uniform(0, 0.6 * length))
    else:
        time.sleep(draw.uniform(0.3, 1) * length)
    if name == "training" and number % 2:
        wait_for(lambda: writes_checkpoint(folder), process)


def kill_and_resume(name: str, work: Work, place: Path, kills: int, draw: random.Random) -> int:
    "Kill some work so often, and finish it each time. Returns how often the result was equal."
    alone, length = undisturbed(work, place)
    expected = work.result(alone)
    number = equal = tries = writing = 0
    while number < kills:
        folder, tries = place / f"try{tries}", tries + 1
        process = start(work, folder)
        wait_to_kill(name, folder, process, length, number, draw)
        process.send_signal(signal.SIGKILL)
        if process.wait() != -signal.SIGKILL:
            continue  # it was done before
        number += 1
        caught = any(folder.rglob(".*.part"))
        code = start(work, folder).wait()
        same = code == 0 and work.result(folder) == expected
        left = [file.name for file in folder.rglob(".*.part")]
        equal, writing = equal + same, writing + caught
        if code:
            print(folder.with_suffix(".txt").read_text()[-2000:])
        print(
            f"{name}, kill {number:2}: {'something half written' if caught else 'between writes'}; "
            f"{'equal' if same else 'DIFFERENT'}{f'; left behind {left}' if left else ''}",
            flush=True)
        shutil.rmtree(folder)
    print(
        f"{name}: {equal} of {kills} killed resumed to the same bits; {writing} with something half written; "
        f"undisturbed {length:.1f} s",
        flush=True)
    return equal


def fill_and_resume(name: str, work: Work, place: Path, times: int, draw: random.Random) -> int:
    "Let the disk run full so often, make room, and finish. Returns how often message and result were right."
    alone, _ = undisturbed(work, place)
    expected, right = work.result(alone), 0
    needed = bytes_in(alone)
    room = f"size={2 * needed + 2**24}"
    for number in range(times):
        disk = place / f"disk{number}"
        disk.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", room, "tmpfs", str(disk)], check=True)
        try:
            make_ready(work, disk / "work")
            read = bytes_in(disk)
            size = int(read + draw.uniform(0.1, 0.9) * (needed - read))
            subprocess.run(["mount", "-o", f"remount,size={size}", str(disk)], check=True)
            code = start(work, disk / "work").wait()
            said = (disk / "work.txt").read_text()[-3000:]
            subprocess.run(["mount", "-o", f"remount,{room}", str(disk)], check=True)
            clear = code != 0 and ("No space left" in said or "disk full" in said)
            again = start(work, disk / "work").wait()
            same = again == 0 and work.result(disk / "work") == expected
            left = [file.name for file in disk.rglob(".*.part")]
        finally:
            subprocess.run(["umount", "--lazy", str(disk)], check=True)  # a worker may be about to end
        right += (clear or code == 0) and same
        print(
            f"{name}, disk full at {size / 1e6:.1f} MB of {needed / 1e6:.1f}: "
            f"{'ended' if code else 'not full'}{'' if clear or not code else ' WITHOUT A CLEAR MESSAGE'}; "
            f"{'equal' if same else 'DIFFERENT'}{f'; left behind {left}' if left else ''}",
            flush=True)
        if code and not clear:
            print(said)
    print(f"{name}: {right} of {times} full disks ended with a message and resumed to the same bits",
          flush=True)
    return right


def can_mount(place: Path) -> bool:
    "Whether this user may mount a file system in memory."
    place.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs",
                       str(place)], capture_output=True).returncode:
        return False
    subprocess.run(["umount", str(place)], check=True)
    return True


def main() -> int:
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=raw)
    names = ("training", "prepare", "predict", "video", "evaluate", "report", "study")
    parser.add_argument("--kills", type=int, default=20, help="of each kind of work")
    parser.add_argument("--full",
                        type=int,
                        default=5,
                        help="full disks of each kind of work that writes much")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--work", nargs="*", choices=names, default=names)
    asked = parser.parse_args()
    draw, wrong = random.Random(asked.seed), 0
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        training, trained = Work(TRAINING, training_result), place / "training"
        scoring = Work(EVALUATE, files_result("runs"), partial(copy_runs, training, trained))
        works = dict(training=training,
                     prepare=Work(PREPARE, files_result("cache")),
                     predict=Work(PREDICT, files_result("out"), pictures),
                     video=Work(PREDICT, files_result("out"), video),
                     evaluate=scoring,
                     report=Work(REPORT, report_result, partial(copy_runs, scoring, place / "evaluate")),
                     study=Work(STUDY, study_result))
        disks = asked.full and can_mount(place / "disk")
        if asked.full and not disks:
            print("no right to mount a file system: no disk is filled")
        for kind in asked.work:
            wrong += asked.kills - kill_and_resume(kind, works[kind], place / kind, asked.kills, draw)
            if disks:
                wrong += asked.full - fill_and_resume(kind, works[kind], place / kind, asked.full, draw)
    print(f"seed {asked.seed}, torch {torch.__version__}, {os.cpu_count()} processors: {wrong} wrong")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
