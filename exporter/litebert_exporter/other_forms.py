"""Other forms of a model that people give in place of a checkpoint, and the next step from each.

Read: huggingface/transformers 4.49, 4.57 and 5.23 (trainer.py, modeling_utils.py, names of files in
utils/__init__.py), huggingface/setfit (modeling.py), huggingface/accelerate (utils/fsdp_utils.py),
microsoft/DeepSpeed (utils/zero_to_fp32.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

# transformers 4.57 gives a model without weights there, and 5 lacks from_tf and from_flax.
_CONVERT = (
    "convert it where pip has installed transformers==4.49.0 torch {packages}: "
    "AutoModelForSequenceClassification.from_pretrained({{folder!r}}, {flag}=True).save_pretrained('NEW'), "
    "and take NEW, with its vocabulary from here"
)
_EXPECTED = "expected a classifier that PyTorch saved"
_ORIGIN = "take the checkpoint it was made from: model.safetensors or pytorch_model.bin of the same model"
_SAVE_AGAIN = "where it was trained, call save_pretrained('NEW') of the transformers model, and take NEW"


@dataclass(frozen=True)
class Form:
    """A form that a model may have.

    Attributes:
        patterns: names of files or folders by which it is recognised.
        found: its name in an error.
        cure: the next step; `{folder}` is its folder, `{file}` the name by which it was recognised.
    """

    patterns: tuple[str, ...]
    found: str
    cure: str


SETFIT = Form(
    ("config_setfit.json", "model_head.pkl", "model_head.joblib"),
    "a SetFit model, whose classifier is a pickle, which would run code",
    "fine-tune AutoModelForSequenceClassification.from_pretrained({folder!r}), its encoder with a classifier "
    "of its own, and take that",
)
ADAPTER = Form(
    ("adapter_config.json", "adapter_model.safetensors", "adapter_model.bin"),
    "an adapter of peft (LoRA or the like)",
    "merge it first with model.merge_and_unload().save_pretrained('NEW') of peft, and take NEW",
)
_TENSORFLOW = Form(
    ("tf_model.h5", "tf_model-*.h5"),
    "a TensorFlow model",
    _CONVERT.format(packages="tensorflow tf-keras", flag="from_tf"),
)
_FLAX = Form(("flax_model*.msgpack",), "a Flax model", _CONVERT.format(packages="flax jax", flag="from_flax"))
# Their names in the metadata of a safetensors file.
_DIALECTS = {"tf": _TENSORFLOW, "flax": _FLAX}
# Where a folder holds several, the first of these counts.
FORMS = (
    Form(
        ("golden.json",),
        "an artifact that litebert-export has written",
        "take the checkpoint it was made from; to use the artifact: litebert run {folder} TEXT",
    ),
    _TENSORFLOW,
    Form(
        ("*.ckpt*.index", "*.ckpt*.meta", "*.ckpt*.data-[0-9]*-of-[0-9]*"),
        "a TensorFlow 1 checkpoint",
        "save its variables as model.safetensors with the script in docs/troubleshooting.md (TensorFlow 1)",
    ),
    Form(
        ("saved_model.pb", "*/saved_model.pb", "*/*/saved_model.pb"), "a TensorFlow SavedModel", _SAVE_AGAIN
    ),
    Form(("*.h5", "?*.keras"), "a Keras file", _SAVE_AGAIN),
    _FLAX,
    Form(
        ("zero_to_fp32.py", "*_optim_states.pt"),
        "a training state of DeepSpeed, which spreads weights over files",
        "join them, in that folder, with python zero_to_fp32.py . NEW, and take NEW",
    ),
    Form(
        ("pytorch_model_fsdp_[0-9]*", "*.distcp"),
        "a training state of FSDP, which spreads weights over files",
        "join them with accelerate merge-weights {file} NEW, and take NEW",
    ),
    Form(("*.onnx", "onnx/*.onnx"), "an ONNX graph", _ORIGIN),
    Form(("openvino*.xml", "openvino*.bin", "openvino/*.xml"), "an OpenVINO graph", _ORIGIN),
    Form(("*.mlmodel", "*.mlpackage", "*.mlmodelc", "coreml"), "a Core ML graph", _ORIGIN),
    Form(("*.tflite",), "a TFLite graph", _ORIGIN),
    Form(("*.engine", "*.plan"), "a TensorRT graph", _ORIGIN),
    Form(("*.gguf", "ggml*.bin"), "a GGUF file of llama.cpp", _ORIGIN),
    Form(("*.ot",), "weights for rust-bert", _ORIGIN),
    Form(("*.pdparams",), "weights of PaddlePaddle", _ORIGIN),
    Form(
        ("*.zip", "*.tar", "*.tar.?z*", "*.tgz", "*.gz", "*.7z", "*.rar"),
        "an archive",
        "unpack it, and take the folder that comes out",
    ),
    Form(
        ("*.pkl", "*.pickle", "*.joblib"),
        "a pickle, which would run code",
        _SAVE_AGAIN,
    ),
)


def adapter_message(path: Path) -> str:
    """The error about an adapter."""
    return f"{path}: {ADAPTER.found}, expected a whole model; {ADAPTER.cure}"


def describe_folder(folder: Path, *forms: Form) -> str | None:
    """The error about the first of some forms that a folder holds; None where it holds none of them."""
    for form in forms:
        for pattern in form.patterns:
            found = min(folder.glob(pattern), default=None)
            if found is not None:
                said = f"{folder}: {form.found} ({found.relative_to(folder)}), {_EXPECTED}"
                return f"{said}; {_cure(form, folder, found)}"
    return None


def describe_file(file: Path) -> str | None:
    """The error about a file whose name is that of another form; None for any other name."""
    form = next((form for form in FORMS if any(fnmatch(file.name, each) for each in form.patterns)), None)
    return None if form is None else _of_file(file, form)


def describe_dialect(file: Path, dialect: object) -> str | None:
    """The error about a safetensors file with another framework's names, as its metadata says; or None."""
    form = _DIALECTS.get(str(dialect))
    return None if form is None else _of_file(file, form)


def _of_file(file: Path, form: Form) -> str:
    return f"{file}: {form.found}, {_EXPECTED}; {_cure(form, file.parent, file)}"


def _cure(form: Form, folder: Path, file: Path) -> str:
    return form.cure.format(folder=str(folder), file=file)
