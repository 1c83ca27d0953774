"""Who is told of a publish, and in which words."""
