"""Exits, segments and calibrations that do not fit together."""

from __future__ import annotations

from typing import Any

from damage import CALIBRATED, CALIBRATION, EARLY, FIXED, TINY, Change, Damage, fact, manifest, targets

from litebert.exit_rules import RULES

_ENTROPY, _WITHIN = RULES["entropy-below"].facts(), RULES["patience-within"].facts()
_LAYERS = 4


def _rename(target: dict[str, Any], one: str, other: str) -> None:
    """Two tensors exchange their names in the exits."""
    names = {one: other, other: one}
    for each in target["exits"]:
        each["outputs"] = {key: names.get(name, name) for key, name in each["outputs"].items()}


_FITTING: tuple[tuple[str, Change, str], ...] = (
    ("the layout whole", lambda t: t.update(layout="whole"), "5 segments in the layout whole, expected one"),
    ("the layout branched", lambda t: t.update(layout="branched"), "5 segments in the layout branched"),
    ("no segments", lambda t: t.update(segments=[]), "0 segments"),
    ("a segment less", lambda t: t["segments"].pop(), "the outputs"),
    ("segments backwards", lambda t: t["segments"].reverse(), "inputs in 'layer_03'"),
    ("a segment twice", lambda t: t["segments"].insert(2, t["segments"][1]), "the outputs"),
    ("another input", lambda t: t["segments"][1]["inputs"].append("logits"), "inputs in 'layer_00'"),
    ("no logits", lambda t: t["segments"][1]["outputs"].remove("logits_00"), "the outputs"),
    ("an exit less", lambda t: t["exits"].pop(), "not called as the outputs"),
    ("exits backwards", lambda t: t["exits"].reverse(), "running order"),
    ("two exits behind a layer", lambda t: t["exits"][1].update(layer=0), "running order"),
    ("an exit before layer 0", lambda t: t["exits"][0].update(layer=-1), "running order"),
    ("a share of 0", lambda t: t["exits"][0].update(compute_share=0.0), "running order"),
    ("a share above 1", lambda t: t["exits"][3].update(compute_share=1.5), "running order"),
    ("another tensor", lambda t: t["exits"][0].update(outputs={"logits": "logits_01"}), "the outputs"),
    ("tensors exchanged", lambda t: _rename(t, "logits_00", "logits_01"), "in the order of its segments"),
    ("the last tensor under another name", lambda t: _rename(t, "logits", "logits_00"), "not called as the"),
    ("an output more", lambda t: t["exits"][1]["outputs"].update(more="logits_01"), "'logits, more'"),
    ("no outputs", lambda t: t["exits"][1].update(outputs={}), "an exit with the outputs ''"),
    ("a field more", lambda t: t["exits"][0].update(table="scores.bin"), "an exit has the field 'table'"),
    ("no layer", lambda t: t["exits"][0].pop("layer"), "layer is None"),
    ("exits that are no list", lambda t: t.update(exits={}), "exits is {}"),
)
_RULES: dict[str, Any] = {
    "a name": "entropy-below",
    "a number": 1,
    "true": True,
    "a list": [],
    "an empty object": {},
    "unknown": {**_ENTROPY, "name": "vote"},
    "a name that is a list": {**_ENTROPY, "name": []},
    "not per exit": {**_ENTROPY, "per_exit": False},
    "per exit 1": {**_ENTROPY, "per_exit": 1},
    "a maximum of true": {**_ENTROPY, "parameters": [{**_ENTROPY["parameters"][0], "maximum": True}]},
    "a field more": {**_ENTROPY, "more": 1},
    "no parameters": {**_ENTROPY, "parameters": []},
    "another maximum": {**_ENTROPY, "parameters": [{**_ENTROPY["parameters"][0], "maximum": None}]},
    "a name alone": {"name": "entropy-below"},
}


def _multi_label(body: dict[str, Any]) -> None:
    body["task"].update(problem_type="multi-label", activation="sigmoid", threshold=0.5)


def _fewer_in_onnx(body: dict[str, Any]) -> None:
    del body["targets"]["onnx"]["exits"][0]


_OTHER_GRAPHS: tuple[tuple[str, Change], ...] = (
    ("of another segment", lambda t: t["segments"][2].update(_place(t["segments"][3]))),
    ("that takes less", lambda t: t["segments"][2].update(inputs=["hidden_01"])),
    ("that takes fewer ids", lambda t: t["segments"][0].update(inputs=["input_ids"])),
    (
        "that takes the mask",
        lambda t: t["segments"][1].update(inputs=["hidden_00", "attention_mask"]),
    ),
    ("that is the tokenizer", lambda t: t["segments"][2].update(entry="none", file="tokenizer.json")),
)


def _place(segment: dict[str, Any]) -> dict[str, Any]:
    return {key: segment[key] for key in ("file", "entry")}


_TABLES: tuple[tuple[str, Change], ...] = (
    ("no rows", lambda table: table.pop("rows")),
    ("empty rows", lambda table: table.update(rows=[])),
    ("exits of another number", lambda table: table["rows"][0].update(exits=[1, 2])),
    ("exits without answers", lambda table: table["rows"][0].update(exits=[0] * _LAYERS)),
    ("values null", lambda table: table["rows"][0].update(values=None)),
    ("latency_ms a string", lambda table: table["rows"][0].update(latency_ms="fast")),
    ("agreement below 0", lambda table: table["rows"][0].update(agreement=-0.5)),
    ("agreement true", lambda table: table["rows"][0].update(agreement=True)),
    ("mean_layers true", lambda table: table["rows"][-1].update(mean_layers=True)),
    ("a field more", lambda table: table["rows"][0].update(more=1)),
    ("changed missing", lambda table: table["rows"][0].pop("changed")),
    ("spoiled missing", lambda table: table["rows"][0].pop("spoiled")),
    ("changed 1.0", lambda table: table["rows"][0].update(changed=1.0)),
    ("changed true", lambda table: table["rows"][0].update(changed=True)),
    ("changed -1", lambda table: table["rows"][0].update(changed=-1)),
    ("changed more than all", lambda table: table["rows"][0].update(changed=61)),
    ("spoiled without labels", lambda table: table["rows"][1].update(spoiled=0)),
    ("accuracy without labels", lambda table: table["rows"][0].update(accuracy=0.5)),
    ("labels in one row", lambda table: table["rows"][0].update(accuracy=0.5, spoiled=0)),
    ("backwards", lambda table: table["rows"].pop(0) and table["rows"].reverse()),
    ("searched missing", lambda table: table.pop("searched")),
    ("searched -1", lambda table: table.update(searched=-1)),
    ("examples a fraction", lambda table: table.update(examples=float(table["examples"]))),
    ("examples one more", lambda table: table.update(examples=table["examples"] + 1)),
    ("a value less", lambda table: table["rows"][0].update(values=[0.1])),
    ("tokens 0", lambda table: table.update(tokens=0)),
    ("tokens 2.5", lambda table: table.update(tokens=2.5)),
    ("examples 0", lambda table: table.update(examples=0)),
    ("examples a string", lambda table: table.update(examples="many")),
    ("exit_accuracy of one", lambda table: table.update(exit_accuracy=[1.0])),
    ("exit_accuracy of anything", lambda table: table.update(exit_accuracy=[None, "x", 1.5, -1])),
    ("another agreement", lambda table: table["rows"][3].update(agreement=0.123)),
    ("another mean_layers", lambda table: table["rows"][3].update(mean_layers=2.9)),
    ("another compute_share", lambda table: table["rows"][3].update(compute_share=0.001)),
    ("latency_ms below 0", lambda table: table["rows"][3].update(latency_ms=-1)),
    ("values below 0", lambda table: table["rows"][3].update(values=[-0.5] * (_LAYERS - 1))),
    ("values above 1", lambda table: table["rows"][3].update(values=[1.5] * (_LAYERS - 1))),
    ("out of order", lambda table: table["rows"].insert(1, table["rows"].pop())),
)


def _table(change: Change) -> Any:
    return manifest(lambda body: change(body["targets"]["onnx"]["calibration"]))


_LENGTHS: tuple[tuple[Any, str], ...] = (
    ([48, 8], "rising whole numbers"),
    ([8, 8, 48], "rising whole numbers"),
    ([0, 48], "rising whole numbers"),
    ([True, 48], "rising whole numbers"),
    (["8", 48], "rising whole numbers"),
    ([8.0, 48], "rising whole numbers"),
    ("8", "rising whole numbers"),
    ({"8": 1}, "rising whole numbers"),
    ([16, 20], "max_tokens is 48, but the longest graph of tflite takes 20"),
    ([24, 48], "LiteRT refuses it"),
    ([], "rising whole numbers"),
)

ROWS = (
    *(
        Damage(f"lengths/{value!r}", FIXED, fact(("targets", "tflite", "lengths"), value), words, at=None)
        for value, words in _LENGTHS
    ),
    Damage("lengths/of onnx", TINY, fact(("targets", "onnx", "lengths"), [8, 48]), "which only signatures"),
    *(Damage(f"exits/{name}", EARLY, targets(change), words) for name, change, words in _FITTING),
    Damage(
        "exits/a share of 1 without a point",
        EARLY,
        targets(lambda t: t["exits"][3].update(compute_share=1)),
        error=None,
    ),
    Damage(
        "exits/outputs in another order",
        EARLY,
        targets(lambda t: t["segments"][1]["outputs"].reverse()),
        error=None,
    ),
    Damage("exits/none where none are", TINY, targets(lambda t: t.update(exits=None)), error=None),
    Damage("exits/an empty list", TINY, targets(lambda t: t.update(exits=[])), "exits is []"),
    Damage("lengths/None", TINY, fact(("targets", "tflite", "lengths"), None), error=None),
    *(
        Damage(f"exit_rule/{name}", EARLY, fact(("exit_rule",), value), "exit_rule is")
        for name, value in _RULES.items()
    ),
    Damage("exit_rule/none", EARLY, fact(("exit_rule",), None), "exit_rule is None, but onnx has 4 exits"),
    Damage(
        "exit_rule/of numbers",
        EARLY,
        fact(("exit_rule",), _WITHIN),
        "exit_rule is patience-within, which reads numbers, but the task gives classes",
    ),
    Damage(
        "exit_rule/of a multi-label task",
        EARLY,
        manifest(_multi_label),
        "but the task gives nothing",
    ),
    Damage(
        "exits/others in one target",
        EARLY,
        manifest(_fewer_in_onnx),
        "onnx and tflite have exits behind other layers",
    ),
    *(
        Damage(f"segments/a graph {name}", EARLY, targets(change), "export the model again", at=None)
        for name, change in _OTHER_GRAPHS
    ),
    *(
        Damage(
            f"calibration/{name}", CALIBRATED, _table(change), "run litebert calibrate again", at=CALIBRATION
        )
        for name, change in _TABLES
    ),
)
