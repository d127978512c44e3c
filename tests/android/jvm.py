"""A JVM that tokenizes by the Java runtime, one for all questions of a run."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parents[2]
TARGET = ROOT / "android_demo/litebert/target"
_SERVER = "dev.litebert.tokenizer.TokenizerServer"

Text = str | tuple[str, str]


class JavaTokenizer:
    """The tokenizer that was opened last, in a process of its own."""

    def __init__(self, target: Path = TARGET) -> None:
        """Starts the JVM.

        Args:
            target: the folder with the compiled classes.

        Raises:
            SystemExit: the Java runtime or its tests are not compiled.
        """
        classes = [target / "classes", target / "test-classes"]
        if not all(each.is_dir() for each in classes):
            raise SystemExit("compile first: mvn -q -f android_demo/pom.xml -pl litebert test-compile")
        path = ":".join(map(str, [*classes, _gson()]))
        self._process = subprocess.Popen(
            ["java", "-Xmx2g", "-cp", path, _SERVER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def __enter__(self) -> JavaTokenizer:
        """Returns itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Ends the JVM."""
        self._process.terminate()
        self._process.wait()

    def open(self, content: str, pairs: str = "longest-first", ids: int = -1) -> str:
        """Opens a tokenizer.json; returns the error, or nothing."""
        self._ask({"open": content, "pairs": pairs, "ids": ids})
        return self._answer()

    def sum(self, texts: Sequence[Text]) -> int:
        """The CRC-32 of the lines that `show` gives, each with its end."""
        self._ask({"sum": texts})
        return int(self._answer())

    def show(self, texts: Sequence[Text]) -> list[str]:
        """A line for each text: whether it was cut, and id/type@start-end of each token."""
        self._ask({"show": texts})
        return [self._answer() for _ in texts]

    def _ask(self, question: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()

    def _answer(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit(f"the JVM ended with exit code {self._process.wait()}")
        return line.removesuffix("\n")


def _gson() -> Path:
    names = {"m": "http://maven.apache.org/POM/4.0.0"}
    pom = ElementTree.parse(ROOT / "android_demo/pom.xml")
    version = pom.findtext("m:properties/m:gson.version", namespaces=names)
    return Path.home() / f".m2/repository/com/google/code/gson/gson/{version}/gson-{version}.jar"
