"""The pages of the settings dialog; each change takes effect at once and is kept."""
