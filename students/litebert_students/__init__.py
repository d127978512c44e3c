"""Student recipes: they make small BERT classifiers out of large ones, and give classifiers early exits.

They need `pip install "litebert[train]"`.
"""
