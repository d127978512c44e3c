"""What is measured on the machine that answers: latency, memory, cold start, answers."""
