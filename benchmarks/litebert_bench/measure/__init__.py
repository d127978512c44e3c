"""Measures on the machine that answers: latency, memory, cold start and how good answers are.

It imports nothing of ours but the runtime's core, since both go to devices.
"""
