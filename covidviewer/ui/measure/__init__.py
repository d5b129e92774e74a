"""Measuring on the screen: a layer over one canvas, its handles and tools, the list, the history."""
