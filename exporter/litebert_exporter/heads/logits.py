"""The one output of a sequence classifier: logits [batch, classes]."""

from __future__ import annotations

from litebert import UnsupportedModelError
from litebert.outputs import BATCH, Output
from litebert.tasks.sequence_classification import LOGITS
from litebert_exporter.slots import Linear
from litebert_exporter.spec import Head


def logits_of(classifier: Linear) -> tuple[Output, ...]:
    """The outputs of a head whose last linear is the classifier."""
    return (Output(LOGITS, (BATCH, classifier.weight.shape[0])),)


def gives_logits(head: Head) -> bool:
    """Whether a head gives logits [batch, classes] and nothing else."""
    return [(output.name, len(output.axes)) for output in head.outputs] == [(LOGITS, 2)]


def class_count_of(head: Head) -> int:
    """The number of classes of a head.

    Raises:
        UnsupportedModelError: its outputs are not logits [batch, classes] alone.
    """
    if not gives_logits(head):
        raise UnsupportedModelError(
            f"a head that gives {described(head)}, expected logits [batch, classes] and nothing else; "
            "take a model for sequence classification"
        )
    (_, classes) = head.outputs[0].axes
    return int(classes)


def described(head: Head) -> str:
    """The outputs of a head and their axes, for errors."""
    return ", ".join(f"{output.name} [{', '.join(map(str, output.axes))}]" for output in head.outputs)
