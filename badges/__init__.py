"""Codes and their pictures; it knows neither a database nor HTTP."""
