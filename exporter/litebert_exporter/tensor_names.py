"""The names of a checkpoint's tensors in its family, with all that frameworks and wrappers added taken off.

Wrappers put a part of their own before names or into them. A module of the user's own puts the attribute that
holds the network before them. The word table, which every family has once, shows where the network is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np

from litebert import CheckpointError
from litebert_exporter.checkpoint import Tensors
from litebert_exporter.families import FAMILIES
from litebert_exporter.leftovers import belongs_to_no_layer, check_plain
from litebert_exporter.reading import Reading

_Names: TypeAlias = "dict[str, str]"  # today's names to those in the file

# Of DistributedDataParallel, DeepSpeed and AveragedModel; torch.compile; FSDP and its forerunner; activation
# checkpointing; Lightning Fabric; Opacus.
# fmt: off
_WRAPPERS = frozenset({
    "module", "_orig_mod", "_fsdp_wrapped_module", "_fpw_module", "_checkpoint_wrapped_module",
    "_forward_module", "_module",
})
# fmt: on
_DIALECT = {".gamma": ".weight", ".beta": ".bias"}  # of TensorFlow's BERT, in older conversions
_NAMES = [family.encoder_names for family in FAMILIES.values()]
_TABLES = tuple(dict.fromkeys(names.table for names in _NAMES))
_BY_MODEL_TYPE = {kind: family.encoder_names for family in FAMILIES.values() for kind in family.model_types}
ENCODERS = frozenset(names.attribute for names in _NAMES)
PARTS = frozenset(part for names in _NAMES for part in names.parts)
_MANY = 8  # networks that are compared and shown


def network_names(tensors: Tensors, model_type: Any, part: str | None = None) -> tuple[Tensors, Reading]:
    """The tensors by their family's names for them, and the changes from the names in the file.

    Args:
        tensors: by the names in the file.
        model_type: of config.json, or None.
        part: the start of the network's tensor names, where the file holds several networks.

    Raises:
        CheckpointError: there are several networks, sources of computed weights in place of weights, or a
            tensor in two dialects; or no name begins with `part`.
    """
    chosen = tensors if part is None else _chosen(tensors, part)
    check_plain(chosen)
    names = _renamed({raw: raw for raw in chosen}, lambda name: _modern(_unwrapped(name)), tensors)
    names = _one_network(names, tensors)
    root = next(iter(_roots(names)), "")
    wrap, old = _place(root, {name: tensors[raw] for name, raw in names.items()})
    taken = Counter(each for name, raw in names.items() for each in _taken_off(name, raw, wrap))
    beside = tuple(name for name in names if not name.startswith(wrap))
    names = _renamed(names, lambda name: name.removeprefix(wrap), tensors)
    new = _attribute(old, names, model_type)
    names = _renamed(names, lambda name: _moved(name, old, new), tensors)
    left_out = tuple(sorted(tensors.keys() - names.values()))
    encoder = (old, new) if old not in ("", new) else None
    found = {name: tensors[raw] for name, raw in sorted(names.items())}
    return found, Reading(dict(taken), encoder, beside, left_out)


def _chosen(tensors: Tensors, part: str) -> Tensors:
    start = part.removesuffix(".") + "."
    chosen = {name: values for name, values in tensors.items() if name.startswith(start)}
    if not chosen:
        starts = [f"{each:.80}" for each in dict.fromkeys(name.partition(".")[0] for name in tensors)]
        raise CheckpointError(
            f"--part {part:.80}: no tensor's name begins with that; they begin with "
            f"{', '.join(starts[:8])}; correct the flag, or leave it out"
        )
    return chosen


def _renamed(names: _Names, rename: Callable[[str], str], tensors: Tensors) -> _Names:
    """The names changed; of two that become one, with the same numbers, the first is kept.

    Raises:
        CheckpointError: two that become one have different numbers.
    """
    found: _Names = {}
    for old, raw in names.items():
        name = rename(old)
        first = found.setdefault(name, raw)
        if first != raw and not np.array_equal(tensors[first], tensors[raw]):
            raise CheckpointError(
                f"the checkpoint holds {name:.120} in two dialects or of two networks ({first:.120} and "
                f"{raw:.120}); keep one of them"
            )
    return found


def _unwrapped(name: str) -> str:
    return ".".join(word for word in name.split(".") if word not in _WRAPPERS) or name


def _modern(name: str) -> str:
    for suffix, modern in _DIALECT.items():
        if name.endswith(suffix):
            name = name.removesuffix(suffix) + modern
    return name


def _roots(names: Mapping[str, str]) -> list[str]:
    """The prefix of each word table: first those of transformers' classes, then the longest."""
    roots = [
        name.removesuffix(table)
        for name in names
        for table in _TABLES
        if name == table or name.endswith(f".{table}")
    ]
    return sorted(roots, key=lambda root: (f"{_last(root)}." not in ENCODERS, -len(root), root))


def _one_network(names: _Names, tensors: Tensors) -> _Names:
    """The names without the copies of an encoder, which have the same numbers.

    Raises:
        CheckpointError: there are encoders of different numbers.
    """
    roots = _roots(names)
    if len(roots) > _MANY:
        raise CheckpointError(_several_message([_start(root, names) for root in roots[:_MANY]]))
    encoders = {
        root: {name.removeprefix(root): tensors[raw] for name, raw in names.items() if name.startswith(root)}
        for root in roots
    }
    others = [root for root in roots[1:] if not _equal(encoders[root], encoders[roots[0]])]
    if others:
        raise CheckpointError(_several_message([_start(root, names) for root in sorted([roots[0], *others])]))
    return {name: raw for name, raw in names.items() if not _is_again(name, roots, names, tensors)}


def _is_again(name: str, roots: list[str], names: _Names, tensors: Tensors) -> bool:
    """Whether a name belongs to a copy of the encoder, or is beside a copy and beside the first as well."""
    for root in roots[1:]:
        start, twin = _outside(root), names.get(_outside(roots[0]) + name.removeprefix(_outside(root)))
        if name.startswith(root):
            return True
        if name.startswith(start) and twin is not None and twin != names[name]:
            return np.array_equal(tensors[twin], tensors[names[name]])
    return False


def _last(root: str) -> str:
    return root[:-1].rpartition(".")[2]


def _outside(root: str) -> str:
    """The part of a prefix before the encoder's attribute; all of it if no class of transformers has that."""
    start, _, last = root[:-1].rpartition(".")
    return f"{start}." * bool(start) if f"{last}." in ENCODERS else root


def _equal(one: Tensors, other: Tensors) -> bool:
    return one.keys() == other.keys() and all(np.array_equal(one[name], other[name]) for name in one)


def _start(root: str, names: _Names) -> str:
    """The start of a network's names in the file, as `--part` takes it."""
    table = next(raw for name, raw in names.items() if name.startswith(root) and name.endswith(_TABLES))
    words, raw = root.split(".")[:-1], table.split(".")
    if len(words) > 1 and f"{words[-1]}." in ENCODERS:
        words.pop()
    while words:
        words = words[1:] if raw.pop(0) == words[0] else words
    return table.removesuffix(".".join(raw)).removesuffix(".")


def _several_message(starts: list[str]) -> str:
    shown = ", ".join(f"{start:.80}" or "nothing" for start in starts)
    number = f"{len(starts)} or more" if len(starts) == _MANY else len(starts)
    return (
        f"the checkpoint holds {number} networks, whose names begin with {shown}, expected one; give "
        "--part NAME with one of these, or save the one you want alone"
    )


def _place(root: str, tensors: Tensors) -> tuple[str, str]:
    """The prefix of all names of the network, and then that of its encoder's."""
    *before, last = ["", *root.split(".")[:-1]]
    if not last:
        return "", ""
    layers = {name for name, values in tensors.items() if not belongs_to_no_layer(name, values)}
    inside = {name.removeprefix(root).partition(".")[0] for name in layers if name.startswith(root)}
    outside = any(tensors[name].ndim > 1 for name in layers if not name.startswith(root))
    known = f"{last}." in {names.attribute for names in _NAMES if f"{root}{names.table}" in tensors}
    if (inside <= PARTS and (outside or known)) or (outside and known):
        return "".join(f"{each}." for each in before[1:]), f"{last}."
    return root, ""


def _attribute(old: str, names: _Names, model_type: Any) -> str:
    """The attribute that the config's family has for its encoder, if the layers fit it; else `old`."""
    own = _BY_MODEL_TYPE.get(model_type) if isinstance(model_type, str) else None
    if own is None or old in ENCODERS - {"bert."}:
        return old
    layers = old + own.layers
    fits = any(name.startswith(layers) for name in names)
    return own.attribute if fits and (old, own.attribute) != ("", "bert.") else old


def _moved(name: str, old: str, new: str) -> str:
    """The name with its encoder under another attribute."""
    if old:
        return new + name.removeprefix(old) if name.startswith(old) else name
    return new + name if name.partition(".")[0] in PARTS else name


def _taken_off(name: str, raw: str, wrap: str) -> list[str]:
    """The parts taken off a name in the file: its prefix as one, and each wrapper within it."""
    kept = len(_unwrapped(name.removeprefix(wrap)).split("."))
    words, within = raw.split("."), []
    while kept and words and words[-1]:
        last = words.pop()
        if last in _WRAPPERS:
            within.append(f"{last}.")
        else:
            kept -= 1
    return [*(["".join(f"{each}." for each in words)] if words else []), *within]
