"""Where students are cut, and what the tensors between and behind the pieces are called."""

from __future__ import annotations

import pytest
from toys import cell, logits_head, pre_norm_layer, pre_norm_student, student, tagged_head

from litebert import CheckpointError, InputError
from litebert_exporter.segments import plan_layout, plan_split, plan_whole

TAGGED = pre_norm_student(*map(tagged_head, "abc"))
CLASSIFIER = pre_norm_student(*map(logits_head, "abc"))


def test_outputs_of_early_exits_carry_their_layer() -> None:
    names = {
        0: {"tags": "tags_00", "intent": "intent_00"},
        1: {"tags": "tags_01", "intent": "intent_01"},
        2: {"tags": "tags", "intent": "intent"},
    }
    whole, split = (plan(TAGGED) for plan in (plan_whole, plan_split))
    assert whole.exits == split.exits == names
    assert whole.segments[0].outputs == ("tags_00", "intent_00", "tags_01", "intent_01", "tags", "intent")
    assert [segment.outputs for segment in split.segments] == [
        ("hidden_00", "padding"),
        ("hidden_01", "tags_00", "intent_00"),
        ("hidden_02", "tags_01", "intent_01"),
        ("tags", "intent"),
    ]
    assert plan_split(TAGGED, 2).exits == {1: names[1], 2: names[2]}


def test_states_are_passed_on_as_long_as_a_layer_reads_them() -> None:
    """Each is given once, where it is made; a cell reads the two newest."""
    cells = student([cell("a"), cell("b"), pre_norm_layer("c"), cell("d")], logits_head("a"))
    assert [(segment.inputs, segment.outputs) for segment in plan_split(cells).segments[1:]] == [
        (("hidden_00", "padding"), ("hidden_01",)),
        (("hidden_00", "hidden_01", "padding"), ("hidden_02",)),
        (("hidden_02", "padding"), ("hidden_03",)),
        (("hidden_02", "hidden_03", "padding"), ("logits",)),
    ]
    assert [(segment.inputs, segment.outputs) for segment in plan_split(cells, 3).segments[1:]] == [
        (("hidden_00", "padding"), ("hidden_02", "hidden_03")),
        (("hidden_02", "hidden_03", "padding"), ("logits",)),
    ]


def test_branched_needs_logits_and_nothing_else() -> None:
    with pytest.raises(CheckpointError) as caught:
        plan_layout(pre_norm_student(logits_head("a"), tagged_head("b")), "branched", 1)
    line = str(caught.value)
    assert "tags [batch, tokens, 5], intent [batch, 3]" in line and line.endswith("use layout='split'")


def test_branched_needs_an_exit_before_the_last() -> None:
    """Without one there is no decision that the graph could take."""
    assert len(plan_layout(CLASSIFIER, "branched", 2).exits) == 2
    with pytest.raises(InputError, match=r"layers_per_segment is 3, which leaves no exit"):
        plan_layout(CLASSIFIER, "branched", 3)
