"""Run the notebooks and compare what they print with what is committed, or save what they show.

    python .ci/notebooks.py                     run all, compare text outputs, count        (make test)
    python .ci/notebooks.py --save              run all and write their outputs into them   (make notebooks)
    python .ci/notebooks.py nbs/metrics/*.ipynb --flags data
"""
import argparse
import base64
import io
import multiprocessing
import os
import re
import signal
import sys
import time
import traceback
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LONGEST = 1200  # seconds that a notebook may take
AT_A_TIME = (os.cpu_count() or 1) + 1  # one more than cores: pipelines wait for kernels to start
SLOWEST = ("study_pipelines", "pipelines")  # they start first
READING = ("tutorial", "explorer")  # run with --save for their pictures; checks run them at toy size
KEPT_COLOURS = 96  # of a committed figure's palette; those for reading show photographs, with 256
NUMBER = re.compile(r"(?<![\w.])[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?(?![\w])")
ADDRESS = re.compile(r" at 0x[0-9a-f]+")  # of an object
STYLE_ID = re.compile(r"\bT_[0-9a-f]{5}(?=[_\"\s])")  # pandas draws one for each styled table
PRELOADED = ["accelerate", "matplotlib.pyplot", "nbdev.test", "ot", "pandas", "PIL.Image", "scipy.io",
             "scipy.ndimage", "seaborn", "torch", "torch.utils.data", "torchvision.transforms.v2"]


def texts(outputs: list) -> str:
    "What a cell printed or returned, as text; pictures and error output are left out."
    parts = []
    for output in outputs:
        data = output.get("data", {})
        if output["output_type"] == "stream" and output["name"] == "stdout":
            parts.append("".join(output["text"]))
        elif not any(kind.startswith("image/") for kind in data):
            plain, table = ("".join(data.get(kind, "")) for kind in ("text/plain", "text/html"))
            shortened = table and re.search(r"\.\.\.|\.Styler\b", plain)  # the page shows all of it
            parts.append(re.sub(r"(?s)<style.*?</style>|<[^>]*>", " ", table) if shortened else plain)
    return ADDRESS.sub("", "\n".join(parts))


def same_text(found: str, committed: str) -> bool:
    "Whether two texts agree: words exactly, numbers within 2 % or two units of their last digit."
    words, known = (NUMBER.sub("0", re.sub(r"-{3,}|\s+", " ", t)).split() for t in (found, committed))
    numbers, expected = NUMBER.findall(found), NUMBER.findall(committed)
    return words == known and len(numbers) == len(expected) and all(map(close, numbers, expected))


def close(number: str, expected: str) -> bool:
    "Whether two printed numbers differ by rounding at most; whole numbers must be equal."
    if number == expected or "." not in expected and "e" not in expected:
        return number == expected
    digits = len(expected.split("e")[0].partition(".")[2])
    power = float("1e" + expected.split("e")[1]) if "e" in expected else 1.0
    allowed = max(2.01 * 10.0**-digits * power, 0.02 * abs(float(expected)))
    return abs(float(number) - float(expected)) <= allowed


def small_png(data: str, colours: int) -> str:
    "A figure as a PNG with a palette: a third of the size, equal bytes for equal pixels."
    from PIL import Image

    picture = Image.open(io.BytesIO(base64.b64decode(data))).convert("RGB")
    file = io.BytesIO()
    picture.quantize(colours, dither=Image.Dither.NONE).save(file, "PNG", optimize=True)
    return base64.b64encode(file.getvalue()).decode()


def committed_outputs(outputs: list, cell: int, colours: int) -> list:
    "The outputs that are committed: no progress bars or warnings, and figures as small files."
    for output in outputs:
        output.pop("execution_count", None)
        data = output.get("data", {})
        if "image/png" in data:
            output["data"] = {"image/png": small_png(data["image/png"], colours), "text/plain": ["<Figure>"]}
            output["metadata"] = {}
        for kind in data.keys() & {"text/html", "text/plain"}:
            text = STYLE_ID.sub(f"T_{cell:05}", ADDRESS.sub("", "".join(data[kind])))
            data[kind] = text.splitlines(keepends=True)
        if output["output_type"] == "execute_result":
            output["execution_count"] = None
    return [o for o in outputs if o.get("name") != "stderr"]


def run_notebook(path: Path, flags: list[str], save: bool) -> str:
    "Execute one notebook in this process. Returns what was wrong, or nothing."
    from execnb.nbio import read_nb, write_nb
    from execnb.shell import CaptureShell
    from nbdev.process import NBProcessor

    notebook = read_nb(path)
    skipped = {"gpu", "data"} - set(flags)
    directives = [getattr(c, "directives_", None) or {} for c in NBProcessor(path, process=True).nb.cells]
    os.environ["IN_TEST"] = "1"
    sys.path.insert(0, str(ROOT))
    os.chdir(path.parent)
    shell = CaptureShell(path, mpl_format="png")
    different, colours = [], 256 if path.stem in READING else KEPT_COLOURS
    for number, (cell, marks) in enumerate(zip(notebook.cells, directives)):
        if cell.cell_type != "code" or skipped & marks.keys() or "false" in marks.get("eval:", []):
            continue
        outputs = shell.run(cell.source)
        if shell.exc:
            trace = traceback.format_exception(shell.exc)[-12:]
            return "".join([f"cell {number}:\n{cell.source[:400]}\n", *trace])
        outputs = [] if "hide" in marks else committed_outputs([dict(o) for o in outputs], number, colours)
        found, committed = texts(outputs), texts(cell.get("outputs", []))
        if not save and not same_text(found, committed):
            different.append(f"cell {number} shows\n{found}\n  and the committed notebook\n{committed}\n")
        cell["outputs"], cell["execution_count"] = outputs, None
    if save:
        write_nb(notebook, path)
    return "\n".join(different) and "\n".join(different) + "\nIf this is right, save it: make notebooks"


def work(connection, *asked) -> None:
    "What the process of one notebook does, in a group of its own with all processes that it starts."
    os.setsid()
    try:
        connection.send(run_notebook(*asked))
    except BaseException:  # a notebook may also end its process: the sender of nothing has failed
        connection.send(traceback.format_exc())


def run_apart(context, *asked) -> tuple[float, str]:  # seconds, error
    "Run one notebook in a process of its own, forked from one that has the libraries loaded."
    start = time.perf_counter()
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=work, args=(sender, *asked))
    process.start()
    sender.close()
    try:
        error = receiver.recv() if receiver.poll(LONGEST) else f"took longer than {LONGEST} s"
    except EOFError:
        error = "its process ended without a word"
    process.join(10)
    with suppress(ProcessLookupError):  # what it left running: workers waiting for more, or itself
        os.killpg(process.pid, signal.SIGTERM)
    process.join(10)
    process.kill()
    return time.perf_counter() - start, error


def main() -> int:
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=raw)
    parser.add_argument("notebooks", nargs="*", type=Path, help="all of nbs/ by default")
    parser.add_argument("--flags", nargs="*", default=[], help="run cells flagged gpu or data, too")
    parser.add_argument("--save", action="store_true", help="write the outputs into the notebooks")
    asked = parser.parse_args()
    if "data" in asked.flags and not os.environ.get("SALGAN_DATA"):
        sys.exit("--flags data: set SALGAN_DATA to a folder with datasets/, weights/, golden/ and paper/")
    if folder := os.environ.get("SALGAN_DATA"):  # absolute, because notebooks change the folder they run in
        os.environ["SALGAN_DATA"] = str(Path(folder).resolve())
    every = (path for path in (ROOT / "nbs").rglob("*.ipynb") if ".ipynb_checkpoints" not in path.parts)
    files = [path.resolve() for path in asked.notebooks] or sorted(every)
    run = [f for f in files if "skip_exec: true" not in f.read_text()  # pipelines are run by nbs/checks
           or asked.save and f.stem in READING]
    one = dict.fromkeys(["OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "LOKY_MAX_CPU_COUNT"], "1")
    os.environ.update(one, TQDM_MININTERVAL="10")  # notebooks run side by side, and a worker takes seconds to start
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    errors, start = [], time.perf_counter()
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        slow_first = sorted(run, key=lambda f: (f.stem not in SLOWEST, -f.stat().st_size))
        jobs = {pool.submit(run_apart, context, f, asked.flags, asked.save): f for f in slow_first}
        for done in as_completed(jobs):
            path, (seconds, error) = jobs[done], done.result()
            errors.append(error)
            left = (time.perf_counter() - start) / len(errors) * (len(run) - len(errors))
            word, name = "FAILED" if error else "passed", str(path.relative_to(ROOT / "nbs"))
            print(f"{word} {len(errors):3}/{len(run)}  {name:34} {seconds:6.1f} s, about {left / 60:.1f} min left")
            print(error[-6000:], end="\n" * bool(error), flush=True)
    failed = sum(map(bool, errors)) + (not errors)
    print(f"{len(errors)} notebooks run, {len(files) - len(run)} pipelines run by checks; flags: "
          f"{' '.join(asked.flags) or 'none'}\n{len(errors) - failed if errors else 0} passed, {failed} failed")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
