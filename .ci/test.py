"""Run the library notebooks as nbdev_test does, and count: `python .ci/test.py [--flags data]`."""
import argparse
import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parent.parent
CHECK = re.compile(r"^\s*(assert\b|test_\w+\(|for .*: *(assert\b|test_\w+\()|with .*: *test_\w+\()|; *(assert\b|test_\w+\()")
ONE_CORE = {f"{library}_NUM_THREADS": "1" for library in ("OMP", "MKL", "OPENBLAS")}
LONGEST = 1200  # seconds that a notebook may take


def run_here(path: Path, force: list[str]) -> bool:
    "Execute one notebook in this process; the error is printed by nbdev."
    from nbdev.config import get_config
    from nbdev.test import test_nb

    flags = set(get_config().tst_flags.split()) - set(force)
    passed, seconds = test_nb(path, skip_flags=flags, force_flags=force, basepath=get_config().config_path)
    return bool(passed and seconds > 0)  # nbdev gives 0 for what it skipped


def run_apart(path: Path, force: list[str]) -> tuple[Path, bool, float, str]:
    "Execute one notebook in a process of its own, on one core."
    command = [sys.executable, __file__, "--one", str(path), *(["--flags", *force] if force else [])]
    begun = time.perf_counter()
    try:
        done = subprocess.run(command, cwd=ROOT, env=os.environ | ONE_CORE | {"MPLBACKEND": "agg"}, timeout=LONGEST,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True)
        passed, said = done.returncode == 0, done.stdout
    except subprocess.TimeoutExpired:
        passed, said = False, f"{path.name} took longer than {LONGEST} s"
    return path, passed, time.perf_counter() - begun, said


def checks(path: Path) -> int:
    "How many lines of a notebook assert something."
    cells = nbformat.read(path, as_version=4).cells
    return sum(bool(CHECK.search(line)) for c in cells if c.cell_type == "code" and "#| export" not in c.source
               for line in c.source.splitlines())


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--flags", nargs="*", default=[], help="run cells flagged gpu or data, too")
    parser.add_argument("--one", type=Path, help="run this notebook alone")
    asked = parser.parse_args()
    if asked.one:
        return int(not run_here(asked.one, asked.flags))
    if "data" in asked.flags and not os.environ.get("SALGAN_DATA"):
        sys.exit("--flags data: set SALGAN_DATA to the folder that holds datasets/, weights/, golden/ and paper/")
    files = sorted((ROOT / "nbs").glob("*.ipynb"))
    ran = [f for f in files if re.match(r"\d\d[a-z]?_", f.stem)]  # library; the others are pipelines
    skipped = [f for f in files if re.match(r"[a-z]", f.stem) and "skip_exec: true" in f.read_text()]
    results = {}
    with ThreadPoolExecutor(2) as pool:
        slow_first = sorted(ran, key=lambda f: f.stem < "90")  # smoke takes longest
        for done in as_completed([pool.submit(run_apart, f, asked.flags) for f in slow_first]):
            path, passed, seconds, said = done.result()
            results[path] = passed
            print(f"{'passed' if passed else 'FAILED'}  {path.name:28} {seconds:6.1f} s", flush=True)
            if not passed:
                print(said[-6000:], flush=True)
    for file in skipped:
        print(f"pipeline {file.name} is run by 90_smoke.ipynb, not on its own")
    count = len(results) + len(skipped)
    print(f"{len(results)} notebooks run, {len(skipped)} pipelines, {count} of {len(files)} files in nbs/; "
          f"{sum(map(checks, ran))} lines that assert; flags: {' '.join(asked.flags) or 'none'}")
    failed = sum(not ok for ok in results.values()) + (count != len(files)) + (not results)
    print(f"{sum(results.values())} passed, {failed} failed")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
