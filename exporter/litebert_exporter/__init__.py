"""LiteBERT's exporter: `export(checkpoint)` turns a compressed BERT into a verified artifact."""

from typing import TYPE_CHECKING, Any

from litebert import __version__ as __version__
from litebert.errors import MissingExtraError

if TYPE_CHECKING:
    from litebert_exporter.export_report import Report
    from litebert_exporter.pipeline import export

__all__ = ["Report", "export"]


def __getattr__(name: str) -> Any:
    """Loads a public name at its first use, so that a missing extra [export] gets an error that names it."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        from litebert_exporter import pipeline
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            f'exporting needs {error.name}; install it with pip install "litebert[export]"'
        ) from error
    return getattr(pipeline, name)
