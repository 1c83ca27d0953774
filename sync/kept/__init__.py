"""What the reference client is made of; like it, it imports nothing of eventday."""
