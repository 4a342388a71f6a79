"""Follow the README in a clone, line by line as a newcomer would, and say what fails.

    python .ci/readme.py CLONE [--skip 'make report' 'make test']

Clones this checkout into CLONE unless that exists, makes the files that the README expects of its reader (photo.jpg
and others), and runs the lines of all blocks there, in order. SKIPPED are those that need what is not at hand.
"""
import argparse
import contextlib
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

from PIL import Image
from skimage import data

from salgan.checks.network_speed import write_pictures

ROOT = Path(__file__).resolve().parent.parent
SKIPPED = {"git clone": "this is the clone", "make lab": "stays open", "paper_v2": "needs SALICON and a GPU",
           "data/osie": "needs OSIE, from the network"}
ARRAYS = "import numpy as np; fixations, density = np.eye(400, 600), np.ones((400, 600)).cumsum(1)"  # of the reader


def make_files() -> list[str]:  # in the current folder; names of these files and of their results
    "What a reader has: photographs, a film, a box, a recording."
    for name, pixels in dict(photo=data.coffee(), ad=data.astronaut()).items():
        Image.fromarray(pixels).save(f"{name}.jpg")
    Path("boxes.csv").write_text("image,name,x,y,width,height\nad.jpg,logo,20,30,100,80\n")
    _, film = write_pictures(Path("photos"), 3)
    film.rename("clip.mp4")
    shutil.copytree("salgan/osie_mini", "DIR", ignore=shutil.ignore_patterns("README.md", "LICENSE"))
    return ["photo.jpg", "ad.jpg", "photos/", "boxes.csv", "clip.mp4", "DIR/", "maps/", "out/", "fast/", "high/"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clone", type=Path)
    parser.add_argument("--skip", nargs="*", default=[], help="parts of further lines to leave out")
    asked = parser.parse_args()
    if not asked.clone.exists():
        subprocess.run(["git", "clone", "--quiet", ROOT, asked.clone], check=True)
    skipped = SKIPPED | dict.fromkeys(asked.skip, "as asked")
    with contextlib.chdir(asked.clone):
        made, session, failed = make_files(), ARRAYS, 0
        for language, block in re.findall(r"^```(\w*)\n(.*?)^```", Path("README.md").read_text(), re.M | re.S):
            session += f"\n{block}" * (language == "python")
            for line in [block.strip()] if language else block.splitlines():
                if reason := next((why for part, why in skipped.items() if part in line), ""):
                    print(f"left out: {line}  ({reason})")
                    continue
                shell = ["bash", "-c", f"test -d .venv && source .venv/bin/activate; {line}"]
                start, words = time.perf_counter(), [".venv/bin/python", "-c", session] if language else shell
                run = subprocess.run(words, capture_output=True, text=True)
                failed += run.returncode != 0
                print(f"{'FAILED' if run.returncode else 'passed'} {time.perf_counter() - start:6.1f} s  {line}")
                print((run.stdout + run.stderr)[-2000:] if run.returncode else "", end="", flush=True)
        status = subprocess.run(["git", "status", "--porcelain"], capture_output=True, text=True).stdout.splitlines()
    strange = [line for line in status if line[3:] not in made]
    print(f"{failed} failed; files that git did not expect: {strange or 'none'}")
    return int(failed > 0 or bool(strange))


if __name__ == "__main__":
    sys.exit(main())
