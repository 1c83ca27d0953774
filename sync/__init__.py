"""What a phone keeps: one way to commit, and what follows from it; it knows no HTTP."""
