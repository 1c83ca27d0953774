"""The conference and its database; it knows no HTTP."""
