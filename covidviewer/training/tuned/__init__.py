"""Tuning layer3 of a shipped trunk on labels and lesion outlines together (recipes of the kind "tuned")."""
