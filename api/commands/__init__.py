"""The commands of `eventday`, a file a subject."""
