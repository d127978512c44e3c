"""The tree of artifacts for readers in other languages: an index, and folders that have its verdicts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from damage import EARLY, TINY, verdict
from damages import DAMAGES
from manifests import manifest_of
from sound import SOUND
from write import INDEX, write

from litebert.exit_rules import RULES
from litebert.graph_formats import FORMATS
from litebert.targets import ARITHMETICS
from litebert.tasks import TASKS
from litebert_exporter.families import FAMILIES

_SOME = (
    "file/golden.json/a byte changed",
    "file/golden.json/a pipe",
    "file/not listed",
    "manifest/no seal",
    "manifest/task/labels/null",
    "graph/an output infinite",
    "exits/a field more",
    "golden/onnx/0/answer/None",
    "growth/a letter once",
)


def _rows(out: Path) -> dict[str, dict[str, Any]]:
    return {row["name"]: row for row in json.loads((out / INDEX).read_text(encoding="ascii"))["rows"]}


def test_the_index_has_the_verdict_on_every_folder(tmp_path: Path) -> None:
    out = tmp_path / "artifacts"
    bases = [each for each in SOUND if each.name in (TINY, EARLY)]
    write(out, bases, [row for row in DAMAGES if row.name in _SOME])
    rows = _rows(out)
    assert rows.keys() == {TINY, EARLY, *_SOME} - {"file/golden.json/a pipe"}
    assert [name for name, row in rows.items() if row["verdict"] == "ok"] == [TINY, EARLY, "file/not listed"]
    assert rows["exits/a field more"] == {
        "name": "exits/a field more",
        "folder": rows["exits/a field more"]["folder"],
        "verdict": "refused",
        "stated": True,
        "at": "open",
        "error": "ArtifactError",
        "message": "manifest.json: an exit has the field 'table', expected layer, outputs, compute_share; "
        "export the model again",
    }
    assert rows["manifest/no seal"]["message"].startswith("FOLDER/manifest.json: its digest")
    assert rows["golden/onnx/0/answer/None"]["verdict"] == "differs"
    assert [name for name, row in rows.items() if not row["stated"]] == ["growth/a letter once"]
    assert rows["graph/an output infinite"]["at"] == "answer"
    assert {case["exit_layer"] for case in rows[EARLY]["decisions"]} > {0, 3}
    cut = [case for case in rows[TINY]["encodings"] if case["truncated"]]
    assert len(cut) > 3 and all(len(case["input_ids"]) == len(case["token_type_ids"]) for case in cut)
    for row in rows.values():
        found = verdict(out / row["folder"])
        assert (found.error is None) == (row["verdict"] == "ok") and found.at == row.get("at")
    weights = [out / rows[name]["folder"] / "onnx/weights.bin" for name in (TINY, "manifest/no seal")]
    assert weights[0].samefile(weights[1])


@pytest.mark.slow
def test_every_name_of_a_registry_has_a_sound_artifact(tmp_path: Path) -> None:
    out = tmp_path / "artifacts"
    write(out, damages=())
    rows = _rows(out)
    assert {row["verdict"] for row in rows.values()} == {"ok"} and rows.keys() == {
        each.name for each in SOUND
    }
    manifests = [manifest_of(out / row["folder"]) for row in rows.values()]
    targets = [(name, facts) for body in manifests for name, facts in body["targets"].items()]
    assert {body["family"] for body in manifests} == FAMILIES.keys()
    assert {body["task"]["name"] for body in manifests} == TASKS.keys()
    assert {body["exit_rule"]["name"] for body in manifests if "exit_rule" in body} == RULES.keys()
    assert {facts["arithmetic"] for _, facts in targets} == {*ARITHMETICS}
    assert {(name, facts["layout"]) for name, facts in targets} == {
        (name, layout) for name, each in FORMATS.items() for layout in each.layouts
    }
    assert {body["pairs"] for body in manifests} == {"longest-first", "joined", "none"}
    assert {body.get("inputs") for body in manifests} == {None, "text", "pair"}
