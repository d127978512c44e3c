"""Recipes that make students: small BERT classifiers out of large ones.

Needs `pip install "litebert[train]"`.
"""
