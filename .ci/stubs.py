"Write salgan/*/__init__.pyi, the imports that the lazy interfaces stand for: editors and type checkers read them."

import inspect
import runpy
from pathlib import Path
from types import FunctionType, ModuleType
from unittest import mock


def stub(interface: Path) -> str:
    "The names of one interface, as imports."
    lines = []

    def attach(package, submodules=(), submod_attrs=None):
        lines.extend(f"from . import {name} as {name}" for name in submodules)
        lines.extend(f"from .{module} import {name} as {name}"
                     for module, names in (submod_attrs or {}).items() for name in names)
        return None, None, []

    with mock.patch("lazy_loader.attach", attach):
        own = runpy.run_path(str(interface))
    values = {name: value for name, value in own.items() if name == "__version__" or name[0] != "_"}
    lines += [f"{name}: {type(value).__name__}" for name, value in values.items()
              if not isinstance(value, FunctionType | ModuleType | type)]
    functions = [f"def {name}{inspect.signature(value)}: ..." for name, value in values.items()
                 if isinstance(value, FunctionType)]
    lines = ["import pathlib"] * bool(functions) + lines + functions
    return "\n".join(lines) + "\n"


for interface in [Path("salgan/__init__.py"), *sorted(Path("salgan").glob("*/__init__.py"))]:
    interface.with_suffix(".pyi").write_text(stub(interface))
