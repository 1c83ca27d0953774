"""The routes, one file a subject; a view is decorators and a few lines."""
