"""Objects that others made and that lie over images or beside them: segmentations, contours, reports, documents."""
