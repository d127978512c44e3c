"""Rooflines and profiles, which have runs of their own, joined to the timings of the same subjects."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from litebert_bench.report.summary import Group, Measured


def joined(groups: Sequence[Group]) -> list[Group]:
    """The groups; one of profiles alone is joined to the first timed group of the same model.

    All of its subjects must be there by name; else the group stays on its own.
    """
    hosts = {group.model: group for group in reversed(groups) if group.ways}
    sides: dict[str, list[Measured]] = {}
    kept = []
    for group in groups:
        host = hosts.get(group.model)
        if host is not None and _only_profiles(group, host):
            sides.setdefault(group.model, []).extend(group.subjects)
        else:
            kept.append(group)
    return [
        _with_profiles(group, sides.get(group.model, ())) if hosts.get(group.model) is group else group
        for group in kept
    ]


def _only_profiles(group: Group, host: Group) -> bool:
    names = {each.name for each in host.subjects}
    return all(
        each.name in names
        and each.subject.problem is None
        and not (each.paces or each.qualities or each.lengths or each.cold or each.memory)
        for each in group.subjects
    )


def _with_profiles(host: Group, others: Sequence[Measured]) -> Group:
    subjects = []
    for each in host.subjects:
        same = [other for other in others if other.name == each.name]
        found = dataclasses.replace(
            each,
            segments=sum((other.segments for other in same), each.segments),
            reach=sum((other.reach for other in same), each.reach),
            operators=sum((other.operators for other in same), each.operators),
        )
        subjects.append(found)
    baseline = next((each for each in subjects if host.baseline and each.name == host.baseline.name), None)
    return dataclasses.replace(host, subjects=tuple(subjects), baseline=baseline)
