"""The published programme: its model, its rows, and how they change."""
