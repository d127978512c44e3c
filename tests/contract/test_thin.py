"""The runtime stays thin, and imports point one way."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import litebert
from litebert.backends import ENGINES

ROOT = Path(__file__).parents[2]
HEAVY = ("onnx", "torch", "transformers", "huggingface_hub", "tensorflow", "jax", "litebert_exporter")
PROGRAM = """
import json, sys
import litebert
seen = {"import": sorted(sys.modules)}
model = litebert.load(sys.argv[1], backend=sys.argv[2])
model("the film was good .")
seen["prediction"] = sorted(sys.modules)
print(json.dumps(seen))
"""


@pytest.mark.parametrize(
    ("backend", "engine", "other"),
    [("onnxruntime", "onnxruntime", "ai_edge_litert"), ("ai-edge-litert", "ai_edge_litert", "onnxruntime")],
)
def test_no_heavy_module_is_ever_loaded(artifact: Path, backend: str, engine: str, other: str) -> None:
    command = [sys.executable, "-c", PROGRAM, str(artifact), backend]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    seen = {
        moment: {name.split(".")[0] for name in names} for moment, names in json.loads(done.stdout).items()
    }
    assert not seen["import"] & {*HEAVY, "numpy", "tokenizers", *(each.module for each in ENGINES)}
    assert {"tokenizers", engine} <= seen["prediction"]
    assert not seen["prediction"] & {*HEAVY, other}


def test_the_doctor_loads_no_engine_itself() -> None:
    program = """
import json, sys
from litebert.tools import doctor
doctor._problem = lambda program: None  # the programs that try each engine
doctor.diagnose()
print(json.dumps(sorted(sys.modules)))
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    seen = {name.split(".")[0] for name in json.loads(done.stdout)}
    assert not seen & {*HEAVY, *(each.module for each in ENGINES)}


def _imported_modules(path: Path) -> set[str]:
    """All that a file imports anywhere in it, with what it takes from there: `litebert.exit_rules.RULES`."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def _imports(path: Path) -> set[str]:
    return {name.split(".")[0] for name in _imported_modules(path)}


# What each part may import of ours, itself apart. `litebert` is the core, which answers text. It goes to
# devices with `litebert_bench.measure`, and shows nothing there.
DIRECTIONS = {
    "litebert": set(),
    "litebert.tools": {"litebert"},
    "litebert_bench.measure": {"litebert"},
    "litebert_bench.record_file": {"litebert", "litebert.tools", "litebert_bench.measure"},
    "litebert_bench.report": {"litebert", "litebert.tools", "litebert_bench.measure"},
    "litebert_bench.devices": {
        "litebert",
        "litebert.tools",
        "litebert_bench.measure",
        "litebert_bench.record_file",
    },
    "litebert_bench": {
        "litebert",
        "litebert.tools",
        "litebert_bench.devices",
        "litebert_bench.measure",
        "litebert_bench.record_file",
        "litebert_bench.report",
    },
    "litebert_exporter": {"litebert", "litebert.tools"},
    "litebert_students": {"litebert", "litebert.tools", "litebert_exporter"},
}
ENTRY = "litebert.__main__"  # leads from the core to the command, for `python -m litebert`
OTHERS = {"torch", "onnx", "transformers"}  # what a part imports of these only where it is named here
ALLOWED_OTHERS = {"litebert_exporter": {"torch", "onnx"}, "litebert_students": {"torch"}}


def _modules() -> dict[str, set[str]]:
    """Every module of ours, and what it imports."""
    modules = {}
    for folder in ("runtime", "exporter", "students", "benchmarks"):
        for path in (ROOT / folder).glob("litebert*/**/*.py"):
            name = ".".join(path.relative_to(ROOT / folder).with_suffix("").parts)
            modules[name.removesuffix(".__init__")] = _imported_modules(path)
    return modules


def _part(module: str) -> str:
    """The part that a module of ours belongs to."""
    return max((part for part in DIRECTIONS if f"{module}.".startswith(f"{part}.")), key=len)


def test_imports_point_one_way() -> None:
    modules = _modules()
    assert {_part(name) for name in modules} == {*DIRECTIONS}
    for name, found in modules.items():
        part = _part(name)
        ours = {_part(each) for each in found if each in modules}
        assert name == ENTRY or ours <= DIRECTIONS[part] | {part}, name
        assert not {each.split(".")[0] for each in found} & (OTHERS - ALLOWED_OTHERS.get(part, set())), name


def test_no_part_imports_a_script_of_the_benchmarks() -> None:
    scripts = {path.stem for path in (ROOT / "benchmarks").glob("*.py")}
    assert "interleave" in scripts
    for name, found in _modules().items():
        assert not {each.split(".")[0] for each in found} & scripts, name


def test_one_door_leads_from_the_runtime_to_the_exporter() -> None:
    """By name, where a user asks for it: `litebert verify --against CHECKPOINT`."""
    named = [
        path.name for path in (ROOT / "runtime").rglob("*.py") if "litebert_exporter" in path.read_text()
    ]
    assert named == ["against.py"]


def test_no_modules_import_each_other() -> None:
    """Not even for types: a reader of one would have to know the other first."""
    modules = _modules()
    assert len(modules) > 100
    order = TopologicalSorter({name: found & modules.keys() - {name} for name, found in modules.items()})
    order.prepare()  # raises CycleError, which names them


def test_no_folders_import_each_other() -> None:
    """A folder is a step of the way, as a module beside it is: parts that it imports know nothing of it."""
    rooms: dict[str, set[str]] = {}
    for name, found in _modules().items():
        ours = {_room(each) for each in found if each.split(".")[0] in DIRECTIONS}
        rooms.setdefault(_room(name), set()).update(ours - {_room(name)})
    order = TopologicalSorter({room: found & rooms.keys() for room, found in rooms.items()})
    order.prepare()  # raises CycleError, which names them


def _room(module: str) -> str:
    """The folder or module directly in a package of ours that a module belongs to."""
    return ".".join(module.split(".")[:2])


def test_engines_are_imported_only_by_their_backend() -> None:
    for path in (ROOT / "runtime").rglob("*.py"):
        if path.parent.name != "backends":
            assert not _imports(path) & {engine.module for engine in ENGINES}, path


def test_the_public_names() -> None:
    assert sorted(litebert.__all__) == [
        "ArtifactError",
        "CheckpointError",
        "InputError",
        "LiteBertError",
        "MissingExtraError",
        "Model",
        "ParityError",
        "Prediction",
        "UnsupportedFormatError",
        "UnsupportedModelError",
        "load",
    ]
