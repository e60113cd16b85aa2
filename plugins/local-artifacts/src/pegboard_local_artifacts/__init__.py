"""Artifacts in folders of the local disk, for plain paths and `file:` URIs."""
