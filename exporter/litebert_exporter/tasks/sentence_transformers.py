"""The files of sentence-transformers beside an encoder: modules, pooling, similarity, prompts and limit.

Read: UKPLab/sentence-transformers 6.2, base/model.py, base/modules/{transformer,normalize}.py,
sentence_transformer/model.py and sentence_transformer/modules/pooling.py, which also read the files that
versions 2 to 5 wrote. Every fact in these files is used or refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from litebert import CheckpointError, UnsupportedModelError
from litebert.arguments import argument_is
from litebert.tasks.embeddings import POOLINGS, SIMILARITIES
from litebert_exporter.checkpoint import CROSS_ENCODER as MODEL
from litebert_exporter.checkpoint import Checkpoint
from litebert_exporter.config import boolean
from litebert_exporter.facts import Facts
from litebert_exporter.text_files import read_json, read_text

MODULES, _CONFIG = "modules.json", "config.json"
_LIMIT_BYTES = 1_000_000
_FOLDER = re.compile(r"([\w-][\w.-]*)?")
_CHAINS = (("Transformer", "Pooling"), ("Transformer", "Pooling", "Normalize"))
_MODES = {  # of pooling, as versions until 5 wrote them
    "pooling_mode_cls_token": "cls",
    "pooling_mode_max_tokens": "max",
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_mean_sqrt_len_tokens": "mean_sqrt_len_tokens",
    "pooling_mode_weightedmean_tokens": "weightedmean",
    "pooling_mode_lasttoken": "lasttoken",
}
_SIZES = ("word_embedding_dimension", "embedding_dimension")
_FOLLOWED: Mapping[str, Any] = {  # facts that are refused with any other value than this one
    "model_type": "SentenceTransformer",
    "module_input_name": "sentence_embedding",
    "modality_config": {"text": {"method": "forward", "method_output_name": "last_hidden_state"}},
    "transformer_task": "feature-extraction",
    "unpad_inputs": False,
}
_OUTPUT_NAMES = ("sentence_embedding", "token_embeddings")


def root_of(checkpoint: Checkpoint) -> Path | None:
    """The folder of modules.json: the checkpoint's own, or the one around it, as old versions saved it."""
    for folder in (checkpoint.folder.absolute(), checkpoint.folder.resolve()):  # a link, and its end
        if (folder / MODULES).is_file():
            return folder
        with suppress(CheckpointError):  # a file around a checkpoint may be a stranger's
            if any(name == folder.name for _, name in _modules(folder.parent)):
                return folder.parent
    return None


def _modules(root: Path) -> list[tuple[str, str]]:
    """The class and the folder of each module, in running order; none without a modules.json.

    Raises:
        CheckpointError: modules.json has not the form that sentence-transformers writes.
    """
    file = root / MODULES
    if not file.is_file():
        return []
    try:
        entries = json.loads(read_text(file, _LIMIT_BYTES))
        found = [(_kind(each["type"]), _text(each["path"])) for each in entries]
    except (LookupError, TypeError, ValueError, RecursionError) as error:
        raise CheckpointError(f"{file}: no list of modules with type and path; replace it") from error
    strange = [name for _, name in found if not _FOLDER.fullmatch(name)]
    if strange:
        raise CheckpointError(f"{file}: the path {strange[0]!r:.60} is no folder beside it; do not use it")
    return found


def _kind(name: Any) -> str:
    """The class of a module; its full name where it is not one of sentence-transformers."""
    kind = _text(name)
    return kind.rpartition(".")[2] if kind.startswith("sentence_transformers.") else kind


def _text(value: Any) -> str:
    """A string; TypeError for anything else."""
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def pooling_of(checkpoint: Checkpoint, width: int) -> tuple[str, bool]:
    """The mode of pooling, and whether vectors are normalized.

    Raises:
        CheckpointError: a file is damaged, or the encoder has another width.
        UnsupportedModelError: there are other modules or modes of pooling.
    """
    root = root_of(checkpoint) or checkpoint.folder
    modules = _modules(root)
    kinds = tuple(kind for kind, _ in modules)
    if kinds not in _CHAINS:
        raise UnsupportedModelError(
            f"{root / MODULES}: the modules are {', '.join(kinds):.100}, expected Transformer, Pooling and "
            "perhaps Normalize; export an encoder without others"
        )
    if (root / modules[0][1]).resolve() != checkpoint.folder.resolve():
        raise CheckpointError(
            f"{root / MODULES}: the Transformer is in {modules[0][1]!r:.60}, not in {checkpoint.folder}; "
            "correct the path, or give the folder that it names"
        )
    file, pooling = _config(
        root / modules[1][1] / _CONFIG, (*_MODES, *_SIZES, "pooling_mode", "include_prompt")
    )
    if not file.is_file():
        raise CheckpointError(f"{file}: missing, and only it says how vectors are pooled; download it, too")
    for name in (name for _, name in modules[2:] if name):
        _config(root / name / _CONFIG, ())
    sizes = [pooling[key] for key in _SIZES if pooling.get(key) is not None]
    stated = next((size for size in sizes if size != width), width)
    if stated != width:
        raise CheckpointError(
            f"{file}: vectors of {stated!r:.20} numbers, but the encoder gives {width}; check that the files "
            "belong together"
        )
    if boolean(pooling, "include_prompt", str(file)) is False and _prompts(root):
        raise UnsupportedModelError(
            f"{file}: include_prompt is false, so that the tokens of a prompt are not pooled, and a graph "
            "cannot tell them; export an encoder without prompts"
        )
    modes = pooling.get("pooling_mode") or [
        mode for key, mode in _MODES.items() if boolean(pooling, key, str(file))
    ]
    modes = modes if isinstance(modes, list) else [modes]
    if not modes and pooling.keys().isdisjoint(_MODES):
        modes = ["mean"]
    if len(modes) != 1 or modes[0] not in POOLINGS:
        raise UnsupportedModelError(
            f"{file}: the pooling is {' and '.join(map(str, modes)) or 'none':.80}, expected one of "
            f"{', '.join(POOLINGS)}; train an encoder with that"
        )
    return str(modes[0]), len(modules) > 2


def _config(file: Path, used: Collection[str]) -> tuple[Path, Mapping[str, Any]]:
    """A file's facts, none for a file that is not there.

    Raises:
        UnsupportedModelError: it states a fact that is not used, with another value than the followed one.
    """
    config = read_json(file) if file.is_file() else {}
    for key, value in config.items():
        follows = value in _OUTPUT_NAMES if key == "module_output_name" else value == _FOLLOWED.get(key)
        if key not in used and value not in (None, {}, []) and not follows:
            raise UnsupportedModelError(
                f"{file}: {key:.60} is {value!r:.80}, which is not supported; correct it"
            )
    return file, config


def _prompts(root: Path) -> Mapping[str, str]:
    """The prompts that are not empty, by name."""
    file = root / MODEL
    prompts = (read_json(file) if file.is_file() else {}).get("prompts") or {}
    if not isinstance(prompts, dict) or not all(isinstance(text, str) for text in prompts.values()):
        raise CheckpointError(f"{file}: prompts are {prompts!r:.60}, expected a table of texts; correct it")
    return {name: text for name, text in prompts.items() if text}


def similarity_of(checkpoint: Checkpoint) -> tuple[str, tuple[str, ...]]:
    """The similarity that config_sentence_transformers.json states, and a note on its prompts.

    Raises:
        CheckpointError: its prompts are no texts.
        UnsupportedModelError: it has a default prompt, another similarity, or a fact that is not followed.
    """
    root = root_of(checkpoint) or checkpoint.folder
    used = ("__version__", "default_prompt_name", "prompts", "similarity_fn_name")
    file, config = _config(root / MODEL, used)
    prompts, default = _prompts(root), config.get("default_prompt_name")
    if default is not None and (type(default) is not str or default not in (config.get("prompts") or {})):
        raise CheckpointError(
            f"{file}: default_prompt_name is {default!r:.60}, which is none of its prompts; correct it"
        )
    if default in prompts:
        raise UnsupportedModelError(
            f"{MODEL} puts the prompt {default!r:.60} before each text, which the runtime does not; "
            "set default_prompt_name to null there and put the prompt into the texts"
        )
    similarity = config.get("similarity_fn_name") or SIMILARITIES[0]
    if similarity not in SIMILARITIES:
        raise UnsupportedModelError(
            f"{file}: similarity_fn_name is {similarity!r:.40}, expected {' or '.join(SIMILARITIES)}; "
            "correct it"
        )
    shown = ", ".join(f"{name}: {text!r:.40}" for name, text in prompts.items())
    return similarity, (f"put the prompts into the texts yourself ({shown})",) if prompts else ()


def limit_of(checkpoint: Checkpoint, positions: int, facts: Facts) -> int | None:
    """The limit: max_seq_length of the module Transformer, which that gives to its tokenizer.

    Raises:
        CheckpointError: it contradicts the tokenizer's limit or the positions, or a fact has a wrong type.
        UnsupportedModelError: another fact in that file changes the vectors.
    """
    limits: dict[str, Any] = {}
    for path in sorted(checkpoint.folder.glob("sentence_*_config.json")):
        file, config = _config(path, ("max_seq_length", "do_lower_case"))
        if boolean(config, "do_lower_case", str(file)) and not _lowercases(checkpoint, facts):
            raise UnsupportedModelError(
                f"{file}: do_lower_case is true, but the tokenizer keeps capital letters; say which is "
                f"right: {argument_is('cased', False)}, or correct the file"
            )
        limit = config.get("max_seq_length")
        if limit is not None and (type(limit) is not int or limit < 1):
            raise CheckpointError(
                f"{file}: max_seq_length is {limit!r:.40}, expected a whole number from 1; correct it"
            )
        stored = checkpoint.tokenizer_config.get("model_max_length")
        most = min(positions, stored) if isinstance(stored, int | float) else positions
        if limit is not None and limit > most:
            raise CheckpointError(
                f"{file}: max_seq_length is {limit}, but tokenizer_config.json or the position embedding "
                f"ends at {most:.0f}; correct the wrong one"
            )
        limits[path.name] = limit
    if len({*limits.values()}) > 1:
        said = " and ".join(f"{limit} in {name}" for name, limit in limits.items())
        raise CheckpointError(
            f"{checkpoint.folder}: max_seq_length is {said:.200}; keep the file that is right"
        )
    return next(iter(limits.values()), None)


def _lowercases(checkpoint: Checkpoint, facts: Facts) -> bool:
    """Whether the tokenizer lowercases, by its files or by the user's word."""
    if facts.cased is not None:
        return not facts.cased
    whole = checkpoint.folder / "tokenizer.json"
    normalizer = json.dumps(read_json(whole).get("normalizer")) if whole.is_file() else ""
    said = '"lowercase": true' in normalizer or '"Lowercase"' in normalizer
    return said or checkpoint.tokenizer_config.get("do_lower_case") is True
