"""The plan of a run: texts, gold answers, and every way to answer them."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from litebert.tokenizer import Text


@dataclass(frozen=True)
class BenchPlan:
    """A plan for an artifact; JSON can write every value.

    Attributes:
        engines: their names; None for all that work where it is measured, one per target.
        texts: texts or pairs.
        source: the source of the texts, for the record.
        golds: the gold answer to each, in the form of the artifact's task; None where they are not known.
        threads: numbers of threads of the engine, for one answer.
        batches: numbers of texts per call.
        settings: values of the exit rule's parameters by the setting's name; full depth is "" and None.
        rounds: how often every text is answered.
        processes: the number of fresh processes that measure cold start and memory.
    """

    engines: Sequence[str] | None
    texts: Sequence[Text]
    source: str
    golds: Sequence[Any] | None
    threads: Sequence[int]
    batches: Sequence[int]
    settings: Mapping[str, Mapping[str, float] | None]
    rounds: int
    processes: int


def plan_json(plan: BenchPlan) -> str:
    """The plan as JSON, which `parse_plan` reads."""
    return json.dumps(dataclasses.asdict(plan))


def parse_plan(text: str) -> BenchPlan:
    """The plan that `plan_json` wrote."""
    body = json.loads(text)
    texts = [tuple(each) if isinstance(each, list) else each for each in body.pop("texts")]
    return BenchPlan(texts=texts, **body)
