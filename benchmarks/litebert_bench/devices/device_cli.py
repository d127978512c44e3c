"""The options of `litebert bench` for another device."""

from __future__ import annotations

import argparse
from contextlib import ExitStack
from typing import TYPE_CHECKING

from litebert.errors import InputError
from litebert.tools.progress import Bar

if TYPE_CHECKING:
    from litebert.artifact import Artifact
    from litebert_bench.measure.plan import BenchPlan
    from litebert_bench.measure.records import Record

_ONLY_THERE = ("ssh_option", "device_python", "cpus")


def add_device_options(parser: argparse.ArgumentParser) -> None:
    """Adds the options that choose a device."""
    there = parser.add_argument_group(
        "on another device (LiteBERT and the artifact are copied there, the records come back)"
    )
    there.add_argument(
        "--ssh", metavar="HOST", help="a device with sshd and Python 3.11 or newer, such as pi@raspberrypi"
    )
    there.add_argument(
        "--ssh-option",
        action="append",
        metavar="OPTION",
        help="an option of ssh_config, such as Port=2222; repeatable",
    )
    there.add_argument(
        "--adb",
        nargs="?",
        const="",
        metavar="SERIAL",
        help="a phone with a Python such as Termux's, which has numpy, tokenizers and an engine",
    )
    there.add_argument(
        "--device-python",
        metavar="PATH",
        help="a Python there, used with the packages it has (default with --ssh: an environment is made, "
        "with --adb: Termux's)",
    )
    there.add_argument("--cpus", metavar="MASK", help="pin to cores, as taskset does: f0 is cores 4 to 7")


def names_a_device(options: argparse.Namespace) -> bool:
    """Whether the options choose another device.

    Raises:
        InputError: they choose two, or hold an option of a device but choose none.
    """
    if options.ssh is not None and options.adb is not None:
        raise InputError("--ssh and --adb; expected one device; bench them one by one")
    named = options.ssh is not None or options.adb is not None
    alone = [name for name in _ONLY_THERE if getattr(options, name) is not None and not named]
    if alone:
        raise InputError(
            f"--{alone[0].replace('_', '-')} without a device; expected --ssh or --adb beside it"
        )
    return named


def bench_there(options: argparse.Namespace, artifact: Artifact, plan: BenchPlan) -> list[Record]:
    """The records of a run on the device that the options choose; its progress goes to stderr.

    Raises:
        LiteBertError: the run failed; see `bench_over_ssh` and `bench_over_adb`.
    """
    from litebert.backends.selection import named_engine
    from litebert_bench.devices.adb import TERMUX_PYTHON, bench_over_adb
    from litebert_bench.devices.device import Listener
    from litebert_bench.devices.ssh import bench_over_ssh

    with ExitStack() as shown:
        bars = [shown.enter_context(Bar())]

        def measuring(done: float, phase: str) -> None:
            if len(bars) == 1:  # the time of copying says nothing about the time of measuring
                bars[0].close()
                bars.append(shown.enter_context(Bar()))
            bars[1].add(done, phase)

        def said(line: str) -> None:
            bars[-1].tell(line)

        listener = Listener(bars[0].add, measuring, said)
        if options.adb is not None:
            return bench_over_adb(
                options.adb or None,
                options.artifact,
                plan,
                adb_python=options.device_python or TERMUX_PYTHON,
                cpus=options.cpus,
                listener=listener,
            )
        return bench_over_ssh(
            options.ssh,
            options.artifact,
            plan,
            ssh_options=options.ssh_option or (),
            device_python=options.device_python,
            engines=[named_engine(name, artifact.targets) for name in plan.engines or ()],
            cpus=options.cpus,
            listener=listener,
        )
