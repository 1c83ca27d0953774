"""Edits of the agenda as data: what they are, and the agenda that results."""
