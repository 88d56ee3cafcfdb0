"""Measures what comes out, with abc2midi as the outside opinion."""
