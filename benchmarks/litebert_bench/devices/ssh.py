"""`litebert bench --ssh HOST`: on a machine with sshd and Python 3.11 or newer, such as a Raspberry Pi."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from litebert.backends import Engine
from litebert.errors import InputError
from litebert_bench.devices.device import Device, Listener, bench_on_device
from litebert_bench.measure.plan import BenchPlan
from litebert_bench.measure.records import Record

# ssh takes the first value of an option, so these yield to a user's own.
_OPTIONS = (
    "BatchMode=yes",
    "ConnectTimeout=10",
    "LogLevel=ERROR",
    "ServerAliveInterval=15",
    "ServerAliveCountMax=3",
)


def bench_over_ssh(
    host: str,
    artifact: Path,
    plan: BenchPlan,
    *,
    ssh_options: Sequence[str] = (),
    device_python: str | None = None,
    engines: Sequence[Engine] = (),
    cpus: str | None = None,
    listener: Listener,
) -> list[Record]:
    """Measures on a host and brings the records back.

    There, ~/.cache/litebert-bench keeps an environment with an engine, and the last artifact.

    Args:
        host: the host, in ssh's form, such as pi@raspberrypi.
        artifact: folder of an artifact here.
        plan: the plan of the run.
        ssh_options: options as in ssh_config, such as Port=2222.
        device_python: a Python there, used with its own packages; by default python3, from which an
            environment is made.
        engines: the engines to install there; by default the first that runs each of the artifact's targets.
        cpus: a mask of cores for taskset, hexadecimal.
        listener: follows the run.

    Raises:
        InputError: the host cannot be reached, lacks something, or its run failed.
        ArtifactError: the artifact is damaged.
    """
    if not host or host.startswith("-"):
        raise InputError(f"--ssh is {host!r:.60}; expected a host, such as pi@raspberrypi")
    options = [part for option in (*ssh_options, *_OPTIONS) for part in ("-o", option)]
    device = Device(
        name=f"ssh {host}",
        command=("ssh", "-T", *options, "--", host),
        environment="",
        python=device_python or "python3",
        keeps_packages=device_python is not None,
        broken=(255,),
        cure=f"expected a host that ssh reaches with a key, without a question; try: ssh {host} true",
    )
    return bench_on_device(
        device,
        artifact,
        plan,
        engines=engines,
        cpus=cpus,
        listener=listener,
    )
