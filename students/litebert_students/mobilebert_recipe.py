"""Progressive knowledge transfer to a MobileBERT: layers learn from the teacher's one by one, then together.

Source: Sun et al. 2020, ACL, https://arxiv.org/abs/2004.02984, sections 3.4 to 3.6; details from the authors'
code, github.com/google-research/google-research, mobilebert/distill_util.py and run_pretraining.py. The
authors' teacher is a BERT-large with inverted bottlenecks, so that its states are as wide as the student's.
Here the teacher is a small BERT, fine-tuned on the task, and the student's states get the teacher's width.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch.nn import functional

from litebert.errors import CheckpointError
from litebert.tools.progress import Progress, silent
from litebert_exporter.subject import Subject
from litebert_students import torch_bert
from litebert_students.bert_teacher import build_model, read_shape
from litebert_students.compression import Method
from litebert_students.mobilebert_first_weights import start_student
from litebert_students.recipe_numbers import (
    StudentRecipe,
    at_most,
    check_numbers,
    divisor,
    from_one,
    given_or_usual,
)
from litebert_students.student_folder import TrainedStudent
from litebert_students.torch_bert import BertClassifier
from litebert_students.torch_mobilebert import (
    CLASS_NAME,
    FORM,
    MobileBertClassifier,
    MobileBertShape,
    log_attention,
    split_heads,
)
from litebert_students.training import EpochReport, Stage, accuracy, seeded, train
from litebert_students.training_texts import Batch, EncodedTexts, pad, read_unlabelled

_START_TOKENS = 1 << 14  # enough for covariances of several hundred features
_START_BATCH = 64
_ATTENTION_SHARE = 0.1  # of the attention's loss in a layer's loss: the aim is the states'
_USUAL_HEADS, _USUAL_EMBEDDING = 4, 128
_INNER_RATIO = 4  # a feed-forward network's inner width, in widths of the bottleneck
_KEPT_FACTS = ("id2label", "label2id", "layer_norm_eps", "pad_token_id", "problem_type")


@dataclass(frozen=True, kw_only=True)
class MobileBertRecipe(StudentRecipe):
    """The numbers of progressive knowledge transfer.

    Attributes:
        layers: the number of the student's layers; divides that of the teacher's.
        heads: the number of the teacher's attention heads that each layer keeps, which together are as wide
            as the bottleneck. None is 4, or all that a smaller teacher has.
        embedding_size: the width of a word table's row; None is 128, or the teacher's where that is less.
        feed_forwards: the number of feed-forward networks in a layer, each four times as wide inside as the
            bottleneck.
        transfer_share: the share of the texts that embeddings and each layer learn from, one after another.
        transfer_rate: the peak learning rate of that transfer.
        epochs: the epochs of distillation after the transfer, in which all weights learn at `learning_rate`.
        feature_share: the weight of the states' loss beside the answers' in distillation.
    """

    learning_rate: float = 3e-4
    layers: int
    heads: int | None = None
    embedding_size: int | None = None
    feed_forwards: int = 4
    transfer_share: float = 0.1
    transfer_rate: float = 1e-3
    epochs: int = 2
    feature_share: float = 1.0


def transfer(
    subject: Subject,
    rows: EncodedTexts,
    dev: EncodedTexts | None,
    recipe: MobileBertRecipe,
    state: Path,
    on_epoch: Callable[[EpochReport], None],
    progress: Progress = silent,
) -> TrainedStudent:
    """The student: embeddings and layers trained one after another, then all together.

    While a layer learns, the layers below it do not change, and those above it are not run.
    """
    progress(0, "starting the student near the teacher")
    shape = student_shape(recipe, subject)
    with seeded(recipe.seed):
        teacher = build_model(subject).eval().requires_grad_(requires_grad=False)
        student, kept = _start(teacher, shape, rows)

    def transfer_loss(layers: int) -> Callable[[Sequence[int], float], torch.Tensor]:
        return lambda numbers, passed: layer_loss(student, teacher, kept, pad(rows, numbers), layers)

    def answer_loss(numbers: Sequence[int], passed: float) -> torch.Tensor:
        return distillation_loss(student, teacher, pad(rows, numbers), recipe.feature_share)

    def measure() -> Mapping[str, Sequence[float]]:
        return {"accuracy": [accuracy(student, dev)]} if dev else {}

    stages = [
        Stage(1, recipe.transfer_rate, [*part.parameters()], transfer_loss(i), recipe.transfer_share)
        for i, part in enumerate([student.embeddings, *student.layers])
    ]
    stages.append(Stage(recipe.epochs, recipe.learning_rate, [*student.parameters()], answer_loss))
    train(student, stages, len(rows), recipe, state, measure, on_epoch, progress)
    config = {
        **FORM,
        **asdict(shape),
        **{
            name: subject.checkpoint.config[name] for name in _KEPT_FACTS if name in subject.checkpoint.config
        },
        "architectures": [CLASS_NAME],
        "dtype": "float16",
    }
    return TrainedStudent(config, student.state_dict())


def student_shape(recipe: MobileBertRecipe, teacher: Subject) -> MobileBertShape:
    """The student's sizes: its states and its attention heads are as wide as the teacher's."""
    old = read_shape(teacher)
    heads = given_or_usual(recipe.heads, _USUAL_HEADS, old.num_attention_heads)
    narrow = heads * old.hidden_size // old.num_attention_heads
    return MobileBertShape(
        vocab_size=old.vocab_size,
        embedding_size=given_or_usual(recipe.embedding_size, _USUAL_EMBEDDING, old.hidden_size),
        hidden_size=old.hidden_size,
        num_hidden_layers=recipe.layers,
        num_attention_heads=heads,
        intra_bottleneck_size=narrow,
        num_feedforward_networks=recipe.feed_forwards,
        intermediate_size=_INNER_RATIO * narrow,
        max_position_embeddings=old.max_position_embeddings,
        type_vocab_size=old.type_vocab_size,
    )


def layer_loss(
    student: MobileBertClassifier,
    teacher: BertClassifier,
    kept: Sequence[Sequence[int]],
    batch: Batch,
    layers: int,
) -> torch.Tensor:
    """The distance of the student's layer `layers` - 1 from the teacher's, or of the embeddings for 0.

    It is the distance of their states, plus a share of that of the kept attention heads' probabilities.
    """
    new, old = run_both(student, teacher, batch, layers)
    loss = feature_loss(new[-1], old[-1], batch.mask)
    if not layers:
        return loss
    ratio = len(teacher.layers) // len(student.layers)
    seen = _teacher_attention(teacher.layers[(layers - 1) * ratio], old[-2], batch.mask, kept[layers - 1])
    tried = student.layers[layers - 1].log_attention(new[-2], batch.mask)
    return loss + _ATTENTION_SHARE * attention_loss(tried, seen, batch.mask)


def distillation_loss(
    student: MobileBertClassifier, teacher: BertClassifier, batch: Batch, feature_share: float
) -> torch.Tensor:
    """KL(teacher's answers ‖ student's), plus a share of the mean distance of their states."""
    new, old = run_both(student, teacher, batch, len(student.layers))
    answers = torch.log_softmax(student.classify(new[-1]), dim=-1)
    right = torch.log_softmax(teacher.classify(old[-1]), dim=-1)
    loss = functional.kl_div(answers, right, reduction="batchmean", log_target=True)
    distances = [feature_loss(mine, its, batch.mask) for mine, its in zip(new, old, strict=True)]
    return loss + feature_share * torch.stack(distances).mean()


def run_both(
    student: MobileBertClassifier, teacher: BertClassifier, batch: Batch, layers: int
) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
    """The states of student and teacher after the embeddings and after each of the student's first layers."""
    ratio = len(teacher.layers) // len(student.layers)
    new = [student.embeddings(batch.ids, batch.mask, batch.types)]
    old = [teacher.bert["embeddings"](batch.ids, batch.types)]
    for i in range(layers):
        new.append(student.layers[i](new[-1], batch.mask))
        hidden = old[-1]
        for layer in teacher.layers[i * ratio : (i + 1) * ratio]:
            hidden = layer(hidden, batch.mask[:, None, None, :])
        old.append(hidden)
    return new, old


def feature_loss(new: torch.Tensor, old: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """The mean squared distance of states [batch, tokens, size], but for padding (equation 1)."""
    return (new - old)[mask].square().mean()


def attention_loss(new: torch.Tensor, old: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """The mean of KL(old ‖ new) over heads and tokens, but for padding (equation 2).

    Args:
        new: log-probabilities [batch, heads, tokens, tokens] of the student.
        old: those of the teacher's same heads.
        mask: [batch, tokens] bool, false for padding.
    """
    divergence = functional.kl_div(new, old, reduction="none", log_target=True).sum(dim=3)
    return divergence.transpose(1, 2)[mask].mean()


def _start(
    teacher: BertClassifier, shape: MobileBertShape, rows: EncodedTexts
) -> tuple[MobileBertClassifier, list[list[int]]]:
    """The result of `start_student`, fitted on texts of every length."""
    ids = [i for encoding in rows.encodings for i in encoding.input_ids]
    counts = torch.bincount(torch.tensor(ids), minlength=shape.vocab_size).float()
    some = range(0, len(rows), -(-len(ids) // _START_TOKENS))
    batches = [pad(rows, some[i : i + _START_BATCH]) for i in range(0, len(some), _START_BATCH)]
    try:
        return start_student(teacher, shape, counts, batches)
    except torch.linalg.LinAlgError as error:
        raise CheckpointError(
            "the teacher's hidden states are not finite, expected of a trained model; its weights are "
            "damaged or overflow: copy the folder again or train it anew"
        ) from error


def _teacher_attention(
    layer: torch_bert.Layer, hidden: torch.Tensor, mask: torch.Tensor, heads: Sequence[int]
) -> torch.Tensor:
    """The teacher's log-probabilities [batch, kept heads, tokens, tokens]."""
    projections = layer.attention["self"]
    query, key = (split_heads(projections[name](hidden), layer.heads)[:, heads] for name in ("query", "key"))
    return log_attention(query, key, mask)


def _check_recipe(recipe: MobileBertRecipe, teacher: Subject) -> None:
    shape = read_shape(teacher)
    own = {
        "layers": divisor(recipe.layers, shape.num_hidden_layers),
        "heads": from_one(recipe.heads, shape.num_attention_heads),
        "embedding_size": from_one(recipe.embedding_size, shape.hidden_size),
        "feed_forwards": from_one(recipe.feed_forwards, 64),
        "transfer_share": (recipe.transfer_share, "above 0, at most 1", 0 < recipe.transfer_share <= 1),
        "transfer_rate": (recipe.transfer_rate, "above 0", 0 < recipe.transfer_rate < math.inf),
        "epochs": (recipe.epochs, "not negative", recipe.epochs >= 0),
        "feature_share": (recipe.feature_share, "not negative", 0 <= recipe.feature_share < math.inf),
        "max_tokens": at_most(recipe.max_tokens, teacher.tokenizer.limits.own),
    }
    check_numbers(recipe, own)


METHOD = Method(
    "mobilebert",
    MobileBertRecipe,
    lambda path, _, columns: read_unlabelled(path, columns),
    _check_recipe,
    transfer,
)
