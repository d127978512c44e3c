"""Measuring on the machine that answers: latency, memory, cold start and the quality of answers.

It imports nothing of ours but the runtime's core, since both go to devices.
"""
