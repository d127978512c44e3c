"""A diagnosis as lines for a terminal."""

from __future__ import annotations

from collections.abc import Collection

from litebert.machine import Cores, Cpu
from litebert.tools.aligned import aligned
from litebert.tools.doctor import Diagnosis, Package
from litebert.tools.doctor_artifacts import Patient


def doctor_lines(found: Diagnosis) -> list[str]:
    """The diagnosis, line by line."""
    lines = [
        f"litebert {found.litebert}, Python {found.python}, {found.platform}",
        *_package_lines(found.packages),
        "",
        "engines (one is enough)",
        *_package_lines(found.engines),
        "",
        "CPU",
        *(f"  {line}" for line in (*_cpu_lines(found.cpu), *_core_lines(found.cores))),
        "",
        'engines here that run graphs of each arithmetic; "auto" takes the first',
        *_arithmetic_lines(found),
    ]
    absent = {engine.name for engine in found.engines if engine.version is None}
    for patient in found.artifacts:
        lines += ["", *_patient_lines(patient, absent)]
    return lines


def _package_lines(packages: tuple[Package, ...]) -> list[str]:
    cells = [
        (package.name, "; ".join(filter(None, (package.version, package.problem, package.advice))))
        for package in packages
    ]
    return [f"  {line}" for line in aligned(cells)]


def _cpu_lines(cpu: Cpu) -> list[str]:
    if cpu.features is None:
        features = "its instruction sets are not known on this system; answers do not depend on them"
    else:
        features = ", ".join(f"{name} {'yes' if has else 'no'}" for name, has in cpu.features.items())
    return [f"{cpu.architecture}: {cpu.model or 'model unknown'}", features, *_advice(cpu)]


def _advice(cpu: Cpu) -> list[str]:
    """The engine to install, and the ways to faster answers."""
    if cpu.has_dot_products:
        some = "this CPU" if cpu.features is not None else "most CPUs"
        return [f"int8 graphs are fastest with LiteRT (ai-edge-litert) on {some}"]
    return [
        "int8 graphs are fastest with ONNX Runtime on this CPU, which has neither VNNI nor dotprod",
        "int8 graphs are smaller than float32 here, but little or no faster; early exits save time",
    ]


def _core_lines(cores: Cores) -> list[str]:
    known = {
        "in all": cores.all,
        "usable by this process": cores.usable,
        "granted by the control group (container)": None if cores.limit is None else f"{cores.limit:g}",
    }
    counts = ", ".join(f"{count} {name}" for name, count in known.items() if count is not None)
    clock = (
        "" if cores.governor is None else f"governor {cores.governor}",
        "" if cores.highest_mhz is None else f"up to {cores.highest_mhz:.0f} MHz",
    )
    return [
        f"cores: {counts or 'unknown'}",
        *([f"clock: {', '.join(filter(None, clock))}"] if any(clock) else []),
    ]


def _arithmetic_lines(found: Diagnosis) -> list[str]:
    able = {
        arithmetic: [name for name, answer in engines.items() if answer == "yes"]
        for arithmetic, engines in found.arithmetics.items()
    }
    cells = [(arithmetic, ", ".join(names) or "none") for arithmetic, names in able.items()]
    return [f"  {line}" for line in aligned(cells)]


def _patient_lines(patient: Patient, absent: Collection[str]) -> list[str]:
    """An artifact and its engines; engines that are absent are left out where another answers."""
    if patient.problem is not None:
        return [patient.path, f"  cannot be opened: {patient.problem}"]
    cells = [
        (
            f"{verdict.target}, {verdict.recipe}, {verdict.layout}",
            verdict.engine,
            f"{'yes' if verdict.answers else 'no'}: {verdict.reason}",
        )
        for verdict in patient.verdicts
        if verdict.engine not in absent or not patient.answers
    ]
    lines = [f"  {line}" for line in aligned(cells)] if cells else []
    auto = [] if patient.auto is None else [f'  "auto" takes {patient.auto}: {patient.reason}']
    return [
        patient.path,
        *auto,
        *lines,
        *([] if patient.answers else ["  no engine here can answer with it"]),
    ]
