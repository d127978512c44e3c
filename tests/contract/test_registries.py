"""The table "To add a ..." of docs/architecture.md: an entry is enough, and no code asks for one by name."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from students import bert_config, bert_tensors, exit_tensors, exits_config, write_checkpoint

import litebert
from litebert import InputError
from litebert.backends import ENGINES, Engine
from litebert.exit_rules import ANSWER, CLASSES, NATS, RULES, Belief, Entropy, Parameter, Rule
from litebert.graph_formats import FORMATS, LAYOUTS, ONNX, GraphFormat
from litebert.tasks import TASKS
from litebert.tools.calibrate import calibrate
from litebert.tools.cli import main
from litebert_exporter import export
from litebert_exporter.export_cli import main as export_main
from litebert_exporter.quantize.recipe import FLOAT, FLOATS, INT8_ROWS, PER_ROW, RECIPES, Recipe
from litebert_exporter.targets import TARGETS

ROOT = Path(__file__).parents[2]
TEXTS = ("the film was very good .", "a bad bad plot", "good", "the plot was dull but the film was good")
NAMES = {*FORMATS, *LAYOUTS, *RECIPES, *RULES, *TASKS}


def _modules() -> Iterator[tuple[Path, set[str]]]:
    """Our own code, and the names that it must not ask for.

    The scripts in peers/ run other people's tools, which have recipes of their own; scripts in benchmarks/
    look into single engines.
    """
    engines = {engine.name for engine in ENGINES}
    for part in ("runtime", "exporter", "students", "benchmarks"):
        for path in (ROOT / part).rglob("*.py"):
            if path.parent.name != "peers":
                yield path, NAMES if part == "benchmarks" else NAMES | engines


def _strings(node: ast.expr) -> set[str]:
    """The strings that a side of a comparison names."""
    items = node.elts if isinstance(node, ast.Tuple | ast.List | ast.Set) else [node]
    return {each.value for each in items if isinstance(each, ast.Constant) and isinstance(each.value, str)}


def test_nothing_asks_for_an_entry_by_its_name() -> None:
    """No `target == "tflite"`, no `recipe in ("int8-fast",)`: an entry says what is asked."""
    found = []
    for path, names in _modules():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Compare):
                sides = {name for side in (node.left, *node.comparators) for name in _strings(side)}
                found += [f"{path.relative_to(ROOT)}:{node.lineno}: {name}" for name in sides & names]
    assert not found, "\n".join(found)


def test_every_entry_is_whole() -> None:
    assert {*TARGETS} == {*FORMATS} == {engine.target for engine in ENGINES}
    for name, form in FORMATS.items():
        assert name == form.name and {*form.layouts} <= {*LAYOUTS}
        assert FLOAT in TARGETS[name].schemes  # what others are compared with
    for recipe in RECIPES.values():
        assert any(recipe.activations in target.schemes for target in TARGETS.values())
        assert recipe.weights.is_float == (recipe.activations == FLOAT)
    for rule in RULES.values():
        assert len(rule.parameters) == 1 or not rule.per_exit
        assert all(each.help and each.minimum <= each.maximum for each in rule.parameters)


def _leads(history: list[Belief], values: tuple[float, ...]) -> bool:
    """The best logit leads by more than a margin; 0 never leaves."""
    one, two = sorted(history[-1][0])[-2:]
    return 0 < values[0] < two - one


@pytest.fixture
def with_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two rules more: one of logits, and one of entropies, which a branched graph can hold."""
    margin = Parameter("margin", ANSWER, "leave when the best logit leads by more than X", usual=(0.5, 2))
    bits = Parameter("nats", NATS, "leave when the entropy is at most X nats")
    entropy = Entropy(NATS, inclusive=True)
    for rule in (
        Rule(
            "margin-above",
            (margin,),
            CLASSES,
            _leads,
            grid=lambda early, classes: [(0.0,), *((9 - step,) for step in range(9))],
        ),
        Rule("nats-at-most", (bits,), CLASSES, entropy.leaves, True, entropy.grid, entropy),
    ):
        monkeypatch.setitem(RULES, rule.name, rule)


def _early(folder: Path, rule: str) -> Path:
    config = bert_config(num_hidden_layers=4, **exits_config(rule=rule))
    return write_checkpoint(folder / rule, config, bert_tensors(config) | exit_tensors(4, 24))


def test_a_rule_more(with_rules: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its flags, its calibration, its manifest and its answers need its entry only."""
    made = export(_early(tmp_path, "margin-above"), targets=["onnx"], out=tmp_path / "out").artifact
    manifest = json.loads((made / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["exit_rule"] == RULES["margin-above"].facts()
    with litebert.load(made, leave={"margin": 1e-6}) as model:
        assert [model(text).exit_layer for text in TEXTS] == [0] * len(TEXTS)
        assert model(TEXTS[0], leave={"margin": 1e6}).exit_layer == 3
        with pytest.raises(InputError, match="needs margin"):
            model(TEXTS[0], speed=0.5)
    table = calibrate(made, TEXTS * 20)["onnx"]
    assert [row.values for row in table.rows] == RULES["margin-above"].grid(3, 2)  # type: ignore[misc]
    assert main(["run", str(made), "--margin", "0.000001", TEXTS[0]]) == 0
    assert "layer 0" in capsys.readouterr().out
    for command in ("run", "bench"):
        with pytest.raises(SystemExit):
            main([command, "--help"])
        shown = capsys.readouterr().out
        assert "--margin X" in shown and "leads by more" in " ".join(shown.split())
    with pytest.raises(
        litebert.CheckpointError, match=r"rules .*nats-at-most, this student has margin-above"
    ):
        export(tmp_path / "margin-above", targets=["onnx"], layout="branched", out=tmp_path / "branched")


def test_a_rule_of_entropies_more_is_held_by_a_graph(with_rules: None, tmp_path: Path) -> None:
    checkpoint = _early(tmp_path, "nats-at-most")
    split, branched = (
        litebert.load(export(checkpoint, targets=["onnx"], layout=layout, out=tmp_path / layout).artifact)
        for layout in ("split", "branched")
    )
    left = set()
    for nats in (0.0, *np.linspace(0.2, 0.69, 8).tolist(), 0.6932):
        layers = [model(list(TEXTS), leave={"nats": nats}) for model in (split, branched)]
        assert [each.exit_layer for each in layers[0]] == [each.exit_layer for each in layers[1]]
        left |= {each.exit_layer for each in layers[0]}
    assert {0, 3} <= left


def test_a_recipe_more(
    checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    """int8 products, but tables of floats."""
    recipe = Recipe("int8-products", INT8_ROWS, FLOATS, PER_ROW, "for tests")
    monkeypatch.setitem(RECIPES, recipe.name, recipe)
    assert export_main([str(checkpoint), "--quantize", recipe.name, "--out", str(tmp_path / "out")]) == 0
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text(encoding="utf-8"))
    for target, facts in manifest["targets"].items():
        assert (facts["recipe"], facts["arithmetic"]) == ("int8-products", "int8"), target
    with litebert.load(tmp_path / "out") as model:
        assert model(TEXTS[0]).tokens == 8
    with pytest.raises(SystemExit):
        export_main(["--help"])
    assert "int8-products: for tests" in " ".join(capsys.readouterr().out.split())


TOY = GraphFormat("toy", "Toy", ("whole", "split"), ONNX.rows, False, names_files=True, stays_mapped=False)


def _write_toy(*arguments: Any) -> dict[str, str]:
    """ONNX graphs under another ending."""
    names, folder = TARGETS["onnx"].write(*arguments), arguments[-1]
    toys = {segment: name.replace(".onnx", ".toy") for segment, name in names.items()}
    for segment, name in names.items():
        (folder / name).rename(folder / toys[segment])
    return toys


@pytest.fixture
def with_target(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A format, the target that writes it, and an engine for it."""
    engine = replace(ENGINES[0], name="toy-engine", target="toy", short_names=("toy",))
    monkeypatch.setitem(FORMATS, "toy", TOY)
    monkeypatch.setitem(
        TARGETS, "toy", replace(TARGETS["onnx"], graphs=TOY, runtime="Toys", write=_write_toy)
    )
    engines = cast("list[Engine]", ENGINES)
    engines.append(engine)
    monkeypatch.setattr("litebert.tools.doctor._problem", lambda program: None)  # a process without this one
    yield
    engines.remove(engine)


def test_a_target_more(with_target: None, early_checkpoint: Path, tmp_path: Path, capsys: Any) -> None:
    out = tmp_path / "out"
    assert export_main([str(early_checkpoint), "--target", "toy", "--out", str(out)]) == 0
    assert sorted(path.suffix for path in (out / "toy").iterdir()) == [".bin", *[".toy"] * 5]
    with litebert.load(out) as model:
        assert (model.backend, model(TEXTS[0], speed=1).exit_layer) == ("toy-engine", 0)
    assert main(["verify", str(out)]) == 0
    assert main(["doctor", str(out)]) == 0
    assert '"auto" takes toy-engine: the artifact has Toy graphs only' in capsys.readouterr().out
    with pytest.raises(SystemExit):
        export_main(["--help"])
    assert "Toys (toy)" in " ".join(capsys.readouterr().out.split())
    assert export_main([str(early_checkpoint), "--out", str(tmp_path / "all")]) == 0
    assert {*litebert.artifact.open_artifact(tmp_path / "all").targets} == {*TARGETS}
    with pytest.raises(SystemExit):
        export_main([str(early_checkpoint), "--target", "toy", "--layout", "branched"])
    assert "--layout branched needs --target onnx" in capsys.readouterr().err
