"""The subjects of a benchmark: peers and their preparation, with a class for LiteBERT's artifacts, too."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import commands
import stamps
import workers
from environments import Environment
from litebert.visible import show
from models import BenchModel

HERE = Path(__file__).parent / "peers"
PREPARE_S = 900.0


@dataclass(frozen=True)
class Peer:
    """Another program's way to run a model.

    Attributes:
        name: its name in the records.
        environment: the environment whose Python runs it.
        script: its script in the folder peers.
        way: the value of the script's `--way`.
        recipe: `none` (float32) or `int8`.
        exact: whether exact int8 sums are asked for, against the engine's default.
    """

    name: str
    environment: str
    script: str
    way: str
    recipe: str
    exact: bool = False


PEERS = (
    Peer("transformers-eager", "transformers", "transformers_torch.py", "none", "none"),
    Peer("transformers-compile", "transformers", "transformers_torch.py", "compiled", "none"),
    Peer("torch-int8", "transformers", "transformers_torch.py", "int8", "int8"),
    Peer("onnxruntime-fp32", "onnxruntime", "onnxruntime_plain.py", "none", "none"),
    Peer("onnxruntime-int8", "onnxruntime", "onnxruntime_plain.py", "int8", "int8"),
    Peer("optimum-arm64", "optimum", "optimum_onnx.py", "arm64", "int8"),
    Peer("optimum-avx2", "optimum", "optimum_onnx.py", "avx2", "int8"),
    Peer("litert-torch-fp32", "litert-torch", "litert_torch_xnnpack.py", "none", "none"),
    Peer("litert-torch-int8", "litert-torch", "litert_torch_xnnpack.py", "int8", "int8"),
    Peer("executorch-fp32", "executorch", "executorch_xnnpack.py", "none", "none"),
    Peer("executorch-int8", "executorch", "executorch_xnnpack.py", "int8", "int8"),
)
# The same files, asked for the arithmetic that LiteBERT has anyway; only where the engine would saturate.
EXACT_PEERS = (
    Peer("onnxruntime-int8-exact", "onnxruntime", "onnxruntime_plain.py", "int8", "int8", exact=True),
    Peer("optimum-arm64-exact", "optimum", "optimum_onnx.py", "arm64", "int8", exact=True),
)
REFERENCE = "transformers-eager"  # its answers count as right


@dataclass(frozen=True)
class Entry:
    """Something that can be opened in a process of its own, or cannot.

    Attributes:
        name: the subject's name.
        peer: `litebert`, or the name of another program.
        recipe: as in records.BenchSubject.
        layout: as in records.BenchSubject.
        command: the command that serves it, without the number of threads.
        settings: as in records.Latency; the first is full depth.
        problem: the reason why it cannot be opened; None where it can.
    """

    name: str
    peer: str
    recipe: str
    layout: str
    command: tuple[str, ...]
    settings: tuple[str, ...] = ("",)
    problem: str | None = None


def prepare_peer(peer: Peer, environment: Environment, model: BenchModel, folder: Path) -> Entry:
    """A peer with a model, converted below `folder` unless that was done; a failure's reason is kept."""
    script = HERE / peer.script
    out = folder / model.name / peer.name.removesuffix("-exact")
    serve = [str(environment.python), str(script), "serve", str(out), "--way", peer.way]
    command = tuple(serve + ["--exact"] * peer.exact)

    def entry(problem: str | None) -> Entry:
        return Entry(peer.name, peer.name, peer.recipe, "", command, problem=problem)

    if environment.problem is not None:
        return entry(f"cannot be installed: {environment.problem}")
    if not script.exists():
        return entry(f"{script.name} is not there")
    shared = [path for path in HERE.glob("*.py") if path.stem in ("worker", "exportable")]
    requirements = HERE / f"{peer.environment}.txt"
    stamp = stamps.digest([script, *sorted(shared), requirements], model.stamp)
    failed = out.with_name(f"{out.name}.failed")
    if stamps.is_current(failed, stamp):
        return entry(failed.read_text(encoding="utf-8"))
    if stamps.is_current(out, stamp):
        return entry(None)
    print(f"{model.name}: preparing {peer.name} ...", flush=True)
    begin = time.monotonic()
    out.parent.mkdir(parents=True, exist_ok=True)
    stamps.unset(out)
    stamps.unset(failed)
    prepare = [str(environment.python), str(script), "prepare", str(model.checkpoint), str(out)]
    log = out.with_name(f"{out.name}.log")
    problem = commands.problem([*prepare, "--way", peer.way], log, PREPARE_S, workers.environment(1))
    if problem is None:
        stamps.set_current(out, stamp)
    else:
        show(f"{model.name}: {peer.name} cannot be prepared: {problem}")
        failed.write_text(f"cannot be prepared: {problem}", encoding="utf-8")
        stamps.set_current(failed, stamp)
        return entry(f"cannot be prepared: {problem}")
    print(f"{model.name}: {peer.name} prepared in {time.monotonic() - begin:.0f} s", flush=True)
    return entry(None)
