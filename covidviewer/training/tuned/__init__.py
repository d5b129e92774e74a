"""Tuning a stage of a shipped trunk on labels and outlines of lesions (recipes "tuned" and "tuned-films")."""
