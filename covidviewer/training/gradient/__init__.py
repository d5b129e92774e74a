"""Training of any registered network by gradient, from one small TOML recipe."""
