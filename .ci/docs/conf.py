"""The site of `make docs`: README, every notebook with its committed outputs, and the public names of each chapter.

Which pages there are, and in which order, stands in the tables of nbs/index.ipynb and of the chapters.
"""
import dataclasses
import importlib
import inspect
import json
import re
import shutil
import sys
from pathlib import Path

from docutils import nodes
from fastcore.docments import docments
from latex2mathml.converter import convert

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

project, author, html_title = "salgan", "The salgan developers", "salgan"
extensions = ["myst_nb", "sphinx.ext.autodoc"]
root_doc = "README"
include_patterns = ["README.md", "INSTALL.md", "CONTRIBUTING.md", "CHANGELOG.md", "data/README.md", "nbs/**", "salgan/weights/**"]
exclude_patterns = ["**/.ipynb_checkpoints", "nbs/extras/demo"]
html_theme = "sphinx_book_theme"
html_theme_options = dict(show_toc_level=2, use_download_button=False, home_page_in_toc=True, navbar_persistent=[])
html_search_scorer = str(Path(__file__).with_name("scorer.js"))
html_show_copyright = html_copy_source = False
nb_execution_mode, highlight_language = "off", "bash"  # README and others show commands
nb_ipywidgets_js = {}
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 4
autodoc_typehints = "description"
suppress_warnings = ["myst.xref_missing", "myst.header", "mystnb.unknown_mime_type", "ref.python"]


def linked(notebook: dict) -> list[str]:
    "The pages that the tables of a notebook link to, in order, without ending."
    text = "\n".join("".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "markdown")
    return list(dict.fromkeys(re.findall(r"\]\((\w+(?:/index)?)\.ipynb\)", text)))


def contents(pages: list[str]) -> str:
    "A table of contents for the side bar."
    return "\n".join(["```{toctree}", ":hidden:", *pages, "```"])


def reference(chapter: str) -> list[str]:
    "The public names of a chapter, each with its docstring."
    module = importlib.import_module(f"salgan.{chapter}")
    lines = ["## Public names", "", "```{eval-rst}", f".. module:: salgan.{chapter}", ""]
    for name in sorted(getattr(module, "__all__", [])):
        value = getattr(module, name)
        for method in vars(value).values() if inspect.isclass(value) else ():
            getattr(method, "__annotations__", {}).pop("self", None)  # fastcore's `patch` needed it
        kind = "autoclass" if inspect.isclass(value) else "autofunction" if callable(value) else "data"
        lines += [f".. {kind}:: {name}", "   :members:" * (kind == "autoclass"), ""]
    return [*lines, "```"]


def markdown(name: str, text: str) -> dict:
    return dict(cell_type="markdown", id=name, metadata={}, source=text)


def shown_cell(cell: dict) -> dict:
    "A cell without the directives of nbdev; edge cases are folded."
    lines = "".join(cell["source"]).splitlines()
    tags = ["hide-input"] if "#| hide" in lines else []
    return cell | dict(source="\n".join(line for line in lines if not line.startswith("#|")), metadata=dict(tags=tags))


def add_contents(app, page: str, source: list[str]) -> None:
    "Prepare a page: README and each index get their contents, each chapter its public names."
    if page == root_doc:
        cards = [f"salgan/weights/{card}" for card in ("README", "fast/README", "imagenet_slim")]
        source[0] += "\n\n" + contents(["INSTALL", "nbs/index", "data/README", *cards, "CONTRIBUTING", "CHANGELOG"])
    if not (ROOT / f"{page}.ipynb").is_file():
        return
    notebook = json.loads(source[0])
    folder = (ROOT / page).parent
    pages = [p for p in linked(notebook) if (folder / f"{p}.ipynb").is_file()] if Path(page).name == "index" else []
    if Path(page).name == "index" and page.count("/") == 2:  # last, what its tables do not list
        pages += sorted({file.stem for file in folder.glob("*.ipynb")} - {"index", *pages})
    cells = [shown_cell(cell) for cell in notebook["cells"] if cell["cell_type"] != "raw"]
    if not "".join(next(c["source"] for c in cells if c["cell_type"] == "markdown")).startswith("# "):
        cells.insert(0, markdown("title", f"# {Path(page).name.replace('_', ' ').capitalize()}"))  # of a report
    if Path(page).name == "index" and page.count("/") == 2:
        cells.append(markdown("names", "\n".join(reference(page.split("/")[1]))))
    if pages:
        cells.append(markdown("contents", contents(pages)))
    source[0] = json.dumps(notebook | dict(cells=cells))


def add_comments(app, what, name: str, value, options, lines: list[str]) -> None:
    "The comment behind each parameter, or the help of a setting, becomes its description; examples are code."
    lines[:] = "\n".join(lines).replace("\nExample:\n", "\n.. code-block:: python\n").split("\n")
    if what in ("function", "method", "class"):
        fields = dataclasses.fields(value) if dataclasses.is_dataclass(value) else ()
        texts = {field.name: field.metadata.get("meaning") for field in fields}
        texts |= {parameter: text for parameter, text in docments(value).items() if text}
        lines += ["", *(f":param {parameter}: {text}" for parameter, text in texts.items()
                        if text and parameter not in ("self", "return"))]


def write_math(self, node: nodes.Element) -> None:
    "A formula as MathML, which needs no script."
    display = "block" if isinstance(node, nodes.math_block) else "inline"
    self.body.append(convert(node.astext(), display=display))
    raise nodes.SkipNode


def write_start(app, error) -> None:
    "The site begins with the README."
    if not error:
        shutil.copyfile(Path(app.outdir) / "README.html", Path(app.outdir) / "index.html")


def setup(app) -> None:
    app.connect("source-read", add_contents)
    app.connect("autodoc-process-docstring", add_comments)
    app.connect("build-finished", write_start)
    app.add_html_math_renderer("mathml", (write_math, None), (write_math, None))


html_math_renderer = "mathml"
