"""Agenda files of others and our own: read leniently, written strictly."""
