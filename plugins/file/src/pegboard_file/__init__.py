"""Tracking store of Pegboard on plain files, in MLflow's `mlruns` layout."""
