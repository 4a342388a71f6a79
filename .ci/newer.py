"""Say which versions an installation takes today that requirements.lock does not have, which of their faults are
published, and whether they work.

    python .ci/newer.py            install into a new environment, compare, ask pip-audit   (some minutes, some gigabytes)
    python .ci/newer.py --test     and run the tests there                                  (make newer)
"""
import argparse
import json
import re
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def locked() -> dict[str, str]:
    "Package -> version of requirements.lock."
    pins = re.findall(r"^([\w.-]+)==([^\s;]+)", (ROOT / "requirements.lock").read_text(), re.MULTILINE)
    return {name.lower().replace("_", "-"): version for name, version in pins}


def installed(python: Path) -> dict[str, str]:
    "Package -> version of an environment."
    command = [python, "-m", "pip", "list", "--format", "json"]
    packages = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return {package["name"].lower().replace("_", "-"): package["version"] for package in packages}


def published_faults(python: Path) -> int:  # how many
    "Print what pip-audit's database says of the installed versions, and how many it does not answer for."
    subprocess.run([python, "-m", "pip", "install", "--quiet", "pip-audit"], check=True)
    command = [python, "-m", "pip_audit", "--local", "--progress-spinner", "off", "--format", "json"]
    told = subprocess.run(command, capture_output=True, text=True)
    if not told.stdout.startswith("{"):
        print(f"pip-audit: no answer ({told.stderr.strip().splitlines()[-1:]})")
        return 0
    packages = json.loads(told.stdout)["dependencies"]
    faults = [(package, fault) for package in packages for fault in package.get("vulns", ())]
    for package, fault in faults:
        print(f"{package['name']} {package['version']}: {fault['id']}, mended in {', '.join(fault['fix_versions']) or 'none'}")
    skipped = sum("skip_reason" in package for package in packages)
    print(f"pip-audit: {len(faults)} published faults; {skipped} of {len(packages)} packages could not be asked about")
    return len(faults)


def main() -> int:
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=raw)
    parser.add_argument("--test", action="store_true", help="run the notebooks with them")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python = Path(folder) / "bin/python"
        subprocess.run([python, "-m", "pip", "install", "--quiet", "--editable", f"{ROOT}[dev]"], check=True)
        before, now = locked(), installed(python)
        for name in sorted(now.keys() & before.keys()):
            if now[name] != before[name]:
                print(f"{name}: {before[name]} -> {now[name]}")
        added = sorted(now.keys() - before.keys() - {"pip", "salgan", "setuptools"})
        print(f"new: {', '.join(added) or 'none'}")
        faults = published_faults(python)
        failed = subprocess.run([python, ROOT / ".ci/notebooks.py"]).returncode if asked.test else 0
        return failed or bool(faults)


if __name__ == "__main__":
    sys.exit(main())
