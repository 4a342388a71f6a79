"""Run the library notebooks as nbdev_test does, and count: `python .ci/test.py [--flags data]`."""
import argparse
import os
import re
import sys
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

for threads in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[threads] = "1"  # one notebook a core, instead of one notebook on all
os.environ["MPLBACKEND"] = "agg"

import nbformat

ROOT = Path(__file__).resolve().parent.parent
CHECK = re.compile(r"^\s*(assert\b|test_\w+\(|for .*: *(assert\b|test_\w+\()|with .*: *test_\w+\()|; *(assert\b|test_\w+\()")


def run(path: str, force: list[str]) -> tuple[str, bool, float]:
    "Execute one notebook in a process of its own."
    from nbdev.config import get_config
    from nbdev.test import test_nb

    os.chdir(ROOT)
    flags = set(get_config().tst_flags.split()) - set(force)
    begun = time.perf_counter()
    passed, seconds = test_nb(Path(path), skip_flags=flags, force_flags=force, basepath=get_config().config_path)
    return path, bool(passed and seconds > 0), time.perf_counter() - begun  # nbdev gives 0 for what it skipped


def checks(path: Path) -> int:
    "How many lines of a notebook assert something."
    cells = nbformat.read(path, as_version=4).cells
    return sum(bool(CHECK.search(line)) for c in cells if c.cell_type == "code" and "#| export" not in c.source
               for line in c.source.splitlines())


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--flags", nargs="*", default=[], help="run cells flagged gpu or data, too")
    force = parser.parse_args().flags
    files = sorted((ROOT / "nbs").glob("*.ipynb"))
    ran = [f for f in files if re.match(r"\d\d[a-z]?_", f.stem)]  # library; the others are pipelines
    skipped = [f for f in files if re.match(r"[a-z]", f.stem) and "skip_exec: true" in f.read_text()]
    if "data" in force and not os.environ.get("SALGAN_DATA"):
        sys.exit("--flags data: set SALGAN_DATA to the folder that holds datasets/ and golden/")
    results = {}
    with ProcessPoolExecutor(2, max_tasks_per_child=1) as pool:
        slow_first = sorted(ran, key=lambda f: f.stem < "90")  # smoke takes longest
        for done in as_completed([pool.submit(run, str(f), force) for f in slow_first]):
            path, passed, seconds = done.result()
            results[path] = passed
            print(f"{'passed' if passed else 'FAILED'}  {Path(path).name:28} {seconds:6.1f} s", flush=True)
    for file in skipped:
        print(f"pipeline {Path(file).name} is run by 90_smoke.ipynb, not on its own")
    count = len(results) + len(skipped)
    print(f"{len(results)} notebooks run, {len(skipped)} pipelines, {count} of {len(files)} files in nbs/; "
          f"{sum(map(checks, ran))} lines that assert; flags: {' '.join(force) or 'none'}")
    failed = sum(not ok for ok in results.values()) + (count != len(files)) + (not results)
    print(f"{sum(results.values())} passed, {failed} failed")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
