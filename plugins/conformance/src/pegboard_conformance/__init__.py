"""Pegboard's contracts as executable rules: for pytest, and for an engine that needs no pytest."""
