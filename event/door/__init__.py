"""The door: who may pass, what was scanned, and what follows from it."""
