"""Multiplanar reformation: planes through a stack of slices, by their true positions. numpy alone.

`space` says where the voxels lie (or why no plane can be cut), `cut` which planes, `sampling` what is seen on one.
"""
