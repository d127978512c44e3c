"""LiteBERT's exporter: `export(checkpoint)` turns a compressed BERT into a verified artifact."""

from litebert_exporter.pipeline import export
from litebert_exporter.report import Report

__all__ = ["Report", "export"]
