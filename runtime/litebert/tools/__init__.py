"""The tools of a person at a terminal: commands, data files, calibration, comparison, diagnosis."""
