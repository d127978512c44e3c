"""The options of `litebert bench` for another device than this one."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING

from litebert.errors import InputError
from litebert.exit_rules import parameters
from litebert.tools.progress import Bar, Progress, on_terminal, write_stderr

if TYPE_CHECKING:
    from litebert.artifact import Artifact
    from litebert_bench.measure.records import Record

_PASSED_ON = (
    "limit",
    "backend",
    "threads",
    "batch",
    "rounds",
    "processes",
    "label_column",
    "labels_are",
)
_ONLY_THERE = ("ssh_option", "device_python", "cpus")


def add_device_options(parser: argparse.ArgumentParser) -> None:
    """Adds the options that say where to measure."""
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
    """Whether the options say to measure on another device.

    Raises:
        InputError: they name two, or none but something of one.
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


def bench_there(options: argparse.Namespace, artifact: Artifact) -> list[Record]:
    """The records of a run on the device that the options name, whose progress goes to stderr.

    Raises:
        LiteBertError: it failed, as `bench_over_ssh` and `bench_over_adb` say.
    """
    with Bar() as bar:

        def show(text: str) -> None:
            bar.close()  # from now on the device shows its own
            write_stderr(text)

        try:
            return _bench_there(options, artifact, show, bar.add)
        finally:
            if on_terminal():
                write_stderr("\r\033[K")  # a bar that was broken off


def _bench_there(
    options: argparse.Namespace, artifact: Artifact, show: Callable[[str], None], sending: Progress
) -> list[Record]:
    from litebert.backends import named_engine
    from litebert_bench.devices.adb import TERMUX_PYTHON, bench_over_adb
    from litebert_bench.devices.ssh import bench_over_ssh

    given = {name: getattr(options, name) for name in (*_PASSED_ON, *parameters())}
    arguments = [
        f"--{name.replace('_', '-')}={value}" for name, value in given.items() if value is not None
    ] + [f"--text-column={name}" for name in options.text_column or ()]
    names = options.backend.split(",") if options.backend else []
    engines = [named_engine(name, artifact.targets) for name in names]
    if options.adb is not None:
        return bench_over_adb(
            options.adb or None,
            options.artifact,
            options.texts,
            arguments,
            adb_python=options.device_python or TERMUX_PYTHON,
            cpus=options.cpus,
            progress=show,
            sending=sending,
        )
    return bench_over_ssh(
        options.ssh,
        options.artifact,
        options.texts,
        arguments,
        ssh_options=options.ssh_option or (),
        device_python=options.device_python,
        engines=engines,
        cpus=options.cpus,
        progress=show,
        sending=sending,
    )
