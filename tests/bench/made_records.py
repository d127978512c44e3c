"""Records of runs that never took place, of every kind and with holes, the same for a seed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from litebert_bench.measure.records import (
    FORMAT_VERSION,
    BenchSubject,
    ColdStart,
    Conditions,
    Instructions,
    Latency,
    Length,
    Memory,
    Operators,
    Quality,
    Record,
    Roofline,
    Run,
    Segments,
)

SPEEDS = {"speed=0.1": 0.75, "speed=0.3": 0.5, "speed=0.6": 0.3, "speed=1": 0.2}  # and shares of full depth


@dataclass(frozen=True)
class Peer:
    """A made-up peer: its share of the baseline's time, and how it answers."""

    peer: str
    engine: str
    recipe: str
    arithmetic: str
    share: float
    layout: str = ""
    problem: str | None = None


PEERS = (
    Peer("onnxruntime-fp32", "onnxruntime 1.31.1", "none", "float", 1.0),
    Peer("transformers-eager", "torch 2.13.0", "none", "float", 2.6),
    Peer("transformers-compile", "torch 2.13.0", "none", "float", 1.9),
    Peer("torch-int8", "torch 2.13.0", "int8", "default", 1.7),
    Peer("optimum-arm64", "onnxruntime 1.31.1", "int8", "exact", 0.75),
    Peer("optimum-avx2", "onnxruntime 1.31.1", "int8", "default", 0.52),
    Peer("onnxruntime-int8", "onnxruntime 1.31.1", "int8", "exact", 0.62),
    Peer("litert-torch-fp32", "ai-edge-litert 2.3.0", "none", "float", 1.6),
    Peer("litert-torch-int8", "ai-edge-litert 2.3.0", "int8", "exact", 0.9),
    Peer("executorch-fp32", "executorch 1.0.0", "none", "float", 1.2),
    Peer("executorch-int8", "executorch 1.0.0", "int8", "exact", 0, problem="no wheel for <this> & that"),
    Peer("litebert", "onnxruntime 1.31.1", "none", "float", 0.96, "whole"),
    Peer("litebert", "onnxruntime 1.31.1", "int8", "exact", 0.45, "split"),
    Peer("litebert", "onnxruntime 1.31.1", "int8", "exact", 0.47, "branched"),
    Peer("litebert", "ai-edge-litert 2.3.0", "int8", "exact", 0.29, "split"),
)


def make_run(
    seed: int = 0,
    models: tuple[str, ...] = ("tiny", "tinybert-4"),
    texts: int = 40,
    rounds: int = 3,
    labelled: bool = True,
    peers: tuple[Peer, ...] = PEERS,
) -> list[Record]:
    """A benchmark of models with every peer, a hole here and there."""
    random = np.random.default_rng(seed)
    run = f"made-{seed}"
    tokens = np.clip(random.lognormal(3.1, 0.5, texts), 3, 128).astype(int).tolist()
    records: list[Record] = [_run(run, tokens, labelled), _conditions(run, "before", 2500.0, 41.0)]
    for number, model in enumerate(models):
        for peer in peers:
            parts = (model, peer.peer, peer.engine.split()[0], peer.recipe, peer.layout)
            name = "/".join(filter(None, parts))
            files = (
                {}
                if peer.problem
                else {"model": int(9e7 / (1 + 3 * (peer.recipe == "int8"))), "vocab": 230_000}
            )
            about = (peer.peer, peer.engine, peer.recipe, peer.layout, peer.arithmetic)
            records.append(
                BenchSubject(run, name, model, *about, files, peer.problem, ["padded to 32, 64 or 128"])
            )
            if peer.problem is None:
                records += _samples(run, name, peer, (number + 1) * 0.12, tokens, rounds, labelled, random)
    records += [
        Instructions(
            run,
            cpu,
            "onnxruntime 1.31.1",
            recipe,
            layer,
            24,
            int(1e8 * (layer + 1) / (1 + (recipe == "int8"))),
        )
        for cpu in ("cortex-a72", "cortex-a76")
        for recipe in ("none", "int8")
        for layer in range(3)
    ]
    return [*records, _conditions(run, "after", 2400.0, 58.5)]


def _run(run: str, tokens: list[int], labelled: bool) -> Run:
    cpu = {"architecture": "x86_64", "model": "Made-up Xeon", "features": {"AVX2": True, "VNNI": False}}
    cores = {"all": 4, "usable": 2, "limit": 2.0, "governor": None, "highest_mhz": None}
    packages = {"litebert": "0.1.0", "python": "3.11.2", "numpy": "2.3.0"}
    about = ("2026-01-31T12:00:00Z", "benchmark", "local", "Linux x86_64 glibc 2.36")
    return Run(FORMAT_VERSION, run, *about, cpu, cores, packages, "test.tsv", labelled, tokens, {"rounds": 3})


def _conditions(run: str, when: str, mhz: float, celsius: float) -> Conditions:
    return Conditions(run, when, "performance", [mhz, mhz + 3], {"package": celsius}, 0.4)


def _samples(
    run: str,
    name: str,
    peer: Peer,
    ms_per_token: float,
    tokens: list[int],
    rounds: int,
    labelled: bool,
    random: np.random.Generator,
) -> list[Record]:
    """The facts about one subject."""
    ours = peer.peer == "litebert"
    settings = {"": 1.0, **(SPEEDS if peer.layout in ("split", "branched") else {})}
    ways = [(1, 1, setting, share) for setting, share in settings.items()]
    ways += [(2, 1, "", 0.6), (1, 8, "", 7.2)] if ours else [(2, 1, "", 0.6)]
    records: list[Record] = []
    for number in range(-1, rounds):
        for threads, batch, setting, share in ways:
            firsts = list(range(0, len(tokens), batch))
            pace = peer.share * share * ms_per_token * random.lognormal(0, 0.02)
            model = [round(pace * (4 + tokens[first]) * random.lognormal(0, 0.03), 4) for first in firsts]
            tokenize = [0.05] * len(firsts) if ours else []
            total = [round(ms + 0.06, 4) for ms in model] if ours else []
            exits = random.choice(3, len(tokens), p=_shares(share)).tolist() if len(settings) > 1 else []
            cpu = [ms * threads * 0.9 for ms in model]
            where = (threads, batch, setting, max(number, 0), number < 0)
            records.append(Latency(run, name, *where, firsts, tokenize, model, cpu, total, exits))
    for setting, share in settings.items():
        lost = 0.02 * (1 - share) ** 2 + 0.003 * (peer.recipe == "int8") + 0.002 * random.random()
        metrics = {"accuracy": 0.888 - lost} if labelled else {}
        exits = {str(layer): round(len(tokens) * part) for layer, part in enumerate(_shares(share))}
        answers: tuple[float | None, str | None, float | None] = (None, None, None)
        if peer.peer != "transformers-eager":
            eager = f"{name.partition('/')[0]}/transformers-eager/torch/none"
            answers = (1 - lost * 1.5, eager, 0.00001 if peer.recipe == "none" else 0.2)
        exits = exits if len(settings) > 1 else {}
        records.append(Quality(run, name, setting, len(tokens), metrics, *answers, exits))
    pace = peer.share * ms_per_token
    lengths = [8, 16, 32, 64, 128]
    for number in range(rounds):
        curve = [pace * (4 + length + length**2 / 300) * random.lognormal(0, 0.02) for length in lengths]
        records.append(Length(run, name, 1, number, lengths, curve))
    starts = [0.0] * rounds
    imports = [random.normal(1800 if "torch" in peer.engine else 160, 9) for _ in starts]
    opens, first = ([random.normal(mean, mean / 20) for _ in starts] for mean in (60, 9))
    whole = [sum(each) + 25 for each in zip(imports, opens, first, strict=True)]
    records.append(ColdStart(run, name, imports, opens, first, whole))
    peak = [int(random.normal(4e8 if "torch" in peer.engine else 8e7, 1e6)) for _ in starts]
    records.append(Memory(run, name, [9_000_000] * rounds, [each - 10**6 for each in peak], peak, peak))
    if ours:
        parts = [[pace * 6] * 20, [pace * 9] * 20, [pace * 9.5] * 20]
        records.append(Segments(run, name, 1, 24, ["embed", "layer_00", "layer_01"], parts))
        for length in (16, 64):
            whole_ms = pace * (4 + length)
            reach = (1, length, int(length * 3e6), [whole_ms * (0.5 + length / 200)] * 9, [whole_ms] * 9)
            records.append(Roofline(run, name, *reach))
        profile = {"MatMulInteger": pace * 12, "LayerNormalization": pace * 3, '<odd> & "quoted"': pace}
        missing = "the profiler of this engine writes nothing" if "litert" in peer.engine else None
        records.append(Operators(run, name, 24, 100, {} if missing else profile, missing))
    return records


def _shares(share: float) -> list[float]:
    """How many of the texts leave behind each of three layers, where they take a share of full depth."""
    return (
        [1 - share, (share - share**2) / 2, share - (share - share**2) / 2] if share < 1 else [0.0, 0.0, 1.0]
    )
