"""What a person at a terminal needs: commands, data files, calibration, comparison, diagnosis."""
