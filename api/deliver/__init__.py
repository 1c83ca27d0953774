"""How messages leave: in the background, never in a request."""
