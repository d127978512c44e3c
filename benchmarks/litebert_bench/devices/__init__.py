"""Measuring on other machines, by SSH or Android's adb."""
