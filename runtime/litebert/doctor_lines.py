"""A diagnosis for the eye."""

from __future__ import annotations

from litebert.curve import columns
from litebert.doctor import Diagnosis, Package, Patient
from litebert.machine import Cores, Cpu


def doctor_lines(found: Diagnosis) -> list[str]:
    """The diagnosis, line by line."""
    lines = [
        f"litebert {found.litebert}, Python {found.python}, {found.platform}",
        *_package_lines(found.packages),
        "",
        'engines, in the order in which "auto" tries them',
        *_package_lines(found.engines),
        "",
        "CPU",
        *(f"  {line}" for line in (*_cpu_lines(found.cpu), *_core_lines(found.cores))),
        "",
        "cache folder",
        "  none: litebert keeps nothing outside of artifacts",
        "",
        "what an engine makes of a recipe",
        *_recipe_lines(found),
    ]
    for patient in found.artifacts:
        lines += ["", *_patient_lines(patient)]
    return lines


def _package_lines(packages: tuple[Package, ...]) -> list[str]:
    cells = [
        (package.name, "; ".join(filter(None, (package.version, package.problem, package.advice))))
        for package in packages
    ]
    return [f"  {line}" for line in columns(cells)]


def _cpu_lines(cpu: Cpu) -> list[str]:
    if cpu.features is None:
        features = "its instruction sets are not known on this system; answers do not depend on them"
    else:
        features = ", ".join(f"{name} {'yes' if has else 'no'}" for name, has in cpu.features.items())
    lines = [f"{cpu.architecture}: {cpu.model or 'model unknown'}", features]
    if cpu.int8_sums_saturate:
        lines.append("ONNX Runtime's int8 sums would saturate: it is asked for exact ones, which are slower")
    elif cpu.features is not None and not cpu.features.get("dotprod", True):
        lines.append("int8 is right, but slower than with dotprod")
    return lines


def _core_lines(cores: Cores) -> list[str]:
    known = {
        "in all": cores.all,
        "usable by this process": cores.usable,
        "granted by the control group": None if cores.limit is None else f"{cores.limit:g}",
    }
    counts = ", ".join(f"{count} {name}" for name, count in known.items() if count is not None)
    clock = (
        "" if cores.governor is None else f"governor {cores.governor}",
        "" if cores.highest_mhz is None else f"up to {cores.highest_mhz:.0f} MHz",
    )
    return [
        f"cores: {counts or 'unknown'}",
        *([f"clock: {', '.join(filter(None, clock))}"] if any(clock) else []),
        "threads for an answer: 1, unless load(threads=N) or run --threads N says otherwise",
    ]


def _recipe_lines(found: Diagnosis) -> list[str]:
    names = [engine.name for engine in found.engines]
    absent = {engine.name for engine in found.engines if engine.version is None}
    notes: list[str] = []
    cells = [("", *names)]
    for recipe, engines in found.recipes.items():
        row = [recipe]
        for name in names:
            answer = engines[name]
            if answer in (None, "yes"):
                row.append(answer or "-")
            elif name in absent and answer.startswith("not installed"):
                row.append("if installed")
            else:
                row.append("no")
                notes.append(f"{name}: {answer}")
        cells.append(tuple(row))
    return [f"  {line}" for line in (*columns(cells), *dict.fromkeys(notes))]


def _patient_lines(patient: Patient) -> list[str]:
    if patient.problem is not None:
        return [patient.path, f"  cannot be opened: {patient.problem}"]
    cells = [
        (
            f"{verdict.target}, {verdict.recipe}, {verdict.layout}",
            verdict.engine,
            f"{'yes' if verdict.answers else 'no'}: {verdict.reason}",
        )
        for verdict in patient.verdicts
    ]
    lines = [f"  {line}" for line in columns(cells)] if cells else []
    return [patient.path, *lines, *([] if patient.answers else ["  no engine here can answer with it"])]
