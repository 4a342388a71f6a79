"""Kill trainings with SIGKILL and compare the results of their second sessions.

    python .ci/soak.py [--kills 20]

Every other kill comes at a random moment, the rest while a checkpoint is being written. A run counts as equal if its
weights, its discriminator, the state of both optimisers and its log have the bits of a run that was left alone.
"""
import argparse
import hashlib
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import torch

FIELDS = dict(width=0.25, images=16, validation_images=2, rows=48, columns=64, batch_size=4,
              bootstrap_epochs=5, adversarial_epochs=5, checkpoint_seconds=0)


def start(folder: Path, run: str) -> subprocess.Popen:
    "A training as a user starts it; what it says is kept."
    fields = [f"{k}={v}" for k, v in FIELDS.items()]
    command = [sys.executable, "-c", "from salgan.training.train_command import main; main()", "quick", *fields,
               f"run=soak/{run}", f"runs={folder}/runs", f"cache={folder}/cache"]
    with open(folder / f"{run}.txt", "ab") as said:
        return subprocess.Popen(command, stdout=said, stderr=said)


def result(run: Path) -> str:
    "A hash of all that a run ended with, times left out."
    content = torch.load(run / "checkpoint/last.pt", weights_only=True)
    told = hashlib.sha256()

    def tell(value):
        if isinstance(value, dict):
            for key in value:
                told.update(str(key).encode())
                tell(value[key])
        elif isinstance(value, torch.Tensor):
            told.update(value.contiguous().numpy().tobytes())
        elif isinstance(value, (list, tuple)):
            for item in value:
                tell(item)
        else:
            told.update(repr(value).encode())

    for name in sorted(set(content) - {"seconds", "sessions"}):
        tell(content[name])
    for file in ("generator.safetensors", "best.safetensors", "log.csv"):
        told.update((run / file).read_bytes())
    return told.hexdigest()


def wait_for(seen, process: subprocess.Popen) -> bool:
    "Look until `seen()`, or until the process has ended."
    while process.poll() is None:
        if seen():
            return True
        time.sleep(0.0005)
    return False


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    draw = random.Random(asked.seed)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        runs = folder / "runs/soak"
        alone = start(folder, "alone")
        wait_for((runs / "alone/checkpoint/last.pt").is_file, alone)
        begun = time.monotonic()
        alone.wait()
        length, expected = time.monotonic() - begun, result(runs / "alone")
        kills = equal = writing = early = tries = 0
        while kills < asked.kills:
            run, tries = runs / f"try{tries}", tries + 1
            process = start(folder, run.name)
            if kills % 5 == 0:  # one kill of five may come before the first checkpoint
                time.sleep(draw.uniform(3, 6))
            elif wait_for((run / "checkpoint/last.pt").is_file, process):
                time.sleep(draw.uniform(0, 0.8 * length))
            if kills % 2:
                wait_for(lambda: any((run / "checkpoint").glob(".last.pt.*.part")), process)
            process.send_signal(signal.SIGKILL)
            if process.wait() != -signal.SIGKILL:
                continue  # it was done before
            kills += 1
            caught = any((run / "checkpoint").glob(".last.pt.*.part"))
            last = run / "checkpoint/last.pt"
            content = torch.load(last, weights_only=True) if last.is_file() else None
            at = f"epoch {content['epoch']}, batch {content['batch']}" if content else "none"
            code = start(folder, run.name).wait()
            same = code == 0 and result(run) == expected
            left = [f.name for f in run.rglob(".*")]
            equal, writing, early = equal + same, writing + caught, early + (content is None)
            if code:
                print((folder / f"{run.name}.txt").read_text()[-2000:])
            print(f"kill {kills:2}: checkpoint {at}; {'while writing' if caught else 'between writes'}; "
                  f"{'equal' if same else 'DIFFERENT'}{f'; left behind {left}' if left else ''}", flush=True)
    print(f"{equal} of {asked.kills} resumed to the same bits; {writing} killed while a checkpoint was being written, "
          f"{early} before the first; undisturbed {length:.1f} s; torch {torch.__version__}, "
          f"{os.cpu_count()} processors")
    return int(equal < asked.kills)


if __name__ == "__main__":
    sys.exit(main())
