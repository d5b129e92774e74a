"""What a weight file is worth: figures with intervals, shortcut battery, report as HTML and JSON."""
