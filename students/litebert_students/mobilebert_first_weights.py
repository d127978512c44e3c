"""The first weights of a MobileBERT that begins near a BERT classifier, in closed form.

No source: the authors train for days from random weights, which a small text collection does not allow. Here
tables, projections and attention heads are the teacher's own, or the nearest ones of the student's rank on
some texts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from litebert_students import torch_bert
from litebert_students.torch_bert import BertClassifier
from litebert_students.torch_mobilebert import (
    Embeddings,
    Layer,
    MobileBertClassifier,
    MobileBertShape,
    log_attention,
    split_heads,
)
from litebert_students.training_texts import Batch

_COMMON_WORDS = 2000  # the words that position and type rows are fitted on
_RIDGE = 1e-3  # of the mean variance: keeps a solution small where the texts determine little of it
_LEAST_SHARE = 0.2  # of a feature's input that the skip connection keeps: it divides by this
_LEAST_VARIANCE = 1e-12  # a feature may be constant
_FIRST_FFN = 0.5  # of torch's own random weights: every feed-forward network begins as a small summand


@dataclass(frozen=True)
class _Moments:
    """Mean [size] and covariance [size, size] of hidden states [n, size]."""

    mean: torch.Tensor
    covariance: torch.Tensor


def start_student(
    teacher: BertClassifier, shape: MobileBertShape, counts: torch.Tensor, batches: Sequence[Batch]
) -> tuple[MobileBertClassifier, list[list[int]]]:
    """A student, and for each of its layers the attention heads of the teacher that it keeps.

    Student layer i replaces the teacher's layers [i·R, i·R + R). It keeps attention heads of the first of
    these, which has the same input as the student layer.

    Args:
        teacher: the teacher in eval mode.
        shape: the student's shape; hidden size, classes and head size are the teacher's.
        counts: [vocab_size] float32, the number of times that each id occurs in the texts.
        batches: texts to fit on.

    Raises:
        torch.linalg.LinAlgError: the teacher's states are not finite.
    """
    with torch.no_grad():
        student = MobileBertClassifier(shape, teacher.classifier.out_features)
        _start_embeddings(student.embeddings, teacher.bert["embeddings"], counts)
        ratio = len(teacher.layers) // len(student.layers)
        hidden = [teacher.bert["embeddings"](batch.ids, batch.types) for batch in batches]
        masks = [batch.mask for batch in batches]
        kept = []
        for i, layer in enumerate(student.layers):
            group = teacher.layers[i * ratio : (i + 1) * ratio]
            heads = choose_heads(group[0], hidden, masks, layer.heads)
            moments = _moments(_tokens(hidden, masks))
            _start_attention(layer, group[0], moments, heads)
            _start_feed_forwards(layer)
            outputs = hidden
            for old in group:
                outputs = [old(x, mask[:, None, None, :]) for x, mask in zip(outputs, masks, strict=True)]
            _start_output(layer, hidden, outputs, masks)
            hidden = outputs
            kept.append(heads)
        student.mobilebert["pooler"]["dense"].load_state_dict(teacher.bert["pooler"]["dense"].state_dict())
        student.classifier.load_state_dict(teacher.classifier.state_dict())
    return student, kept


def choose_heads(
    layer: torch_bert.Layer, hidden: Sequence[torch.Tensor], masks: Sequence[torch.Tensor], heads: int
) -> list[int]:
    """The attention heads whose contributions to the layer's output vary most over the tokens, in order."""
    projections = layer.attention["self"]
    attended = []
    for x, mask in zip(hidden, masks, strict=True):
        query, key, value = (
            split_heads(projections[name](x), layer.heads) for name in ("query", "key", "value")
        )
        attended.append((log_attention(query, key, mask).exp() @ value).transpose(1, 2)[mask])
    variances = []
    outputs = layer.attention["output"]["dense"].weight.chunk(layer.heads, dim=1)
    for states, weight in zip(torch.cat(attended).unbind(dim=1), outputs, strict=True):
        variances.append(((weight @ _moments(states).covariance) * weight).sum())  # the trace of W C W'
    return sorted(torch.stack(variances).argsort(descending=True)[:heads].tolist())


def _start_embeddings(student: Embeddings, teacher: torch_bert.Embeddings, counts: torch.Tensor) -> None:
    """Sets the student's tables, so that their sum comes nearest to the teacher's normalised sum.

    A word's row, normalised at a mean position, is cut to the student's rank by principal components, in
    which frequent words count more. A position's row is the mean over common words. The neighbours' weights
    begin at 0.
    """
    words, rank = teacher.word_embeddings.weight, student.word_embeddings.weight.shape[1]
    positions, types = teacher.position_embeddings.weight, teacher.token_type_embeddings.weight
    normalised = teacher.LayerNorm(words + positions.mean(dim=0) + types[0])
    weights = (counts + 0.1)[:, None]
    mean = (normalised * weights).sum(dim=0) / weights.sum()
    # The fourth root: rare words count less, yet keep a meaning for texts to come.
    root = weights.pow(0.25)
    directions = _main_directions(_moments((normalised - mean) * root).covariance, rank)
    narrow = (normalised - mean) @ directions.T
    scale = narrow.std()
    student.word_embeddings.weight.copy_(narrow / scale)
    student.embedding_transformation.weight.zero_()
    student.embedding_transformation.weight[:, rank : 2 * rank] = directions.T * scale
    student.embedding_transformation.bias.zero_()
    common = counts.argsort(descending=True)[:_COMMON_WORDS]
    shares = counts[common] / counts[common].sum()

    def mean_over_words(summand: torch.Tensor) -> torch.Tensor:
        return shares @ teacher.LayerNorm(words[common] + summand)

    student.position_embeddings.weight.copy_(torch.stack([mean_over_words(p + types[0]) for p in positions]))
    at_mean = torch.stack([mean_over_words(positions.mean(dim=0) + t) for t in types])
    student.token_type_embeddings.weight.copy_(at_mean - at_mean[0])


def _start_attention(
    layer: Layer, teacher: torch_bert.Layer, moments: _Moments, heads: Sequence[int]
) -> None:
    """Sets both bottlenecks and the kept attention heads: values exact, queries and keys in a common rank."""
    size = moments.mean.shape[0]
    head_size = size // teacher.heads
    rows = torch.cat([torch.arange(head * head_size, (head + 1) * head_size) for head in heads])
    narrow = len(rows)
    main = _main_directions(moments.covariance, narrow)
    _set(layer.bottleneck["input"]["dense"], main, -main @ moments.mean)
    old, new = teacher.attention["self"], layer.attention["self"]
    _set(new["value"], old["value"].weight[rows], old["value"].bias[rows])
    output = layer.attention["output"]["dense"]
    _set(output, main @ teacher.attention["output"]["dense"].weight[:, rows], torch.zeros(narrow))
    # Queries and keys W x = U S V' L^-1 x, where L L' is the covariance: the cut is the best for these texts.
    both = torch.cat([old[name].weight[rows] for name in ("query", "key")])
    factor = torch.linalg.cholesky(moments.covariance + _ridge(moments.covariance))
    left, values, right = torch.linalg.svd(both @ factor, full_matrices=False)
    shared = torch.linalg.solve_triangular(factor, right[:narrow], upper=False, left=False)
    _set(layer.bottleneck["attention"]["dense"], shared, -shared @ moments.mean)
    for name, wide in zip(("query", "key"), (left * values)[:, :narrow].split(narrow), strict=True):
        _set(new[name], wide, old[name].bias[rows] + old[name].weight[rows] @ moments.mean)


def _start_feed_forwards(layer: Layer) -> None:
    for _, output in layer.feed_forwards:
        _set(output["dense"], output["dense"].weight * _FIRST_FFN, torch.zeros_like(output["dense"].bias))


def _start_output(
    layer: Layer, inputs: list[torch.Tensor], outputs: list[torch.Tensor], masks: list[torch.Tensor]
) -> None:
    """Sets the way out by ridge regression: a share of each feature itself, the rest from the bottleneck."""
    block = layer.output["bottleneck"]
    thin: list[torch.Tensor] = []
    hook = block["dense"].register_forward_pre_hook(lambda module, given: thin.append(given[0]))
    for x, mask in zip(inputs, masks, strict=True):
        layer(x, mask)
    hook.remove()
    x, y, features = (_tokens(states, masks) for states in (inputs, outputs, thin))
    centred, target = x - x.mean(dim=0), y - y.mean(dim=0)
    variance = centred.square().mean(dim=0).clamp(min=_LEAST_VARIANCE)
    share = ((centred * target).mean(dim=0) / variance).clamp(min=_LEAST_SHARE)
    moments = _moments(features)
    crossed = (features - moments.mean).T @ (target - centred * share) / len(x)
    found = torch.linalg.solve(moments.covariance + _ridge(moments.covariance), crossed)
    _set(block["dense"], (found / share).T, torch.zeros_like(share))
    _set(block["LayerNorm"], share, y.mean(dim=0) - x.mean(dim=0) * share - moments.mean @ found)


def _set(module: torch.nn.Module, weight: torch.Tensor, bias: torch.Tensor) -> None:
    module.weight.copy_(weight)
    module.bias.copy_(bias)


def _tokens(states: Sequence[torch.Tensor], masks: Sequence[torch.Tensor]) -> torch.Tensor:
    """The states of all tokens but padding, [n, size]."""
    return torch.cat([x[mask] for x, mask in zip(states, masks, strict=True)])


def _moments(states: torch.Tensor) -> _Moments:
    centred = states - states.mean(dim=0)
    return _Moments(states.mean(dim=0), centred.T @ centred / len(states))


def _main_directions(covariance: torch.Tensor, rank: int) -> torch.Tensor:
    """The principal components of the largest variances, [rank, size]."""
    return torch.linalg.eigh(covariance).eigenvectors[:, -rank:].T


def _ridge(covariance: torch.Tensor) -> torch.Tensor:
    return _RIDGE * covariance.diagonal().mean() * torch.eye(len(covariance))
