"""The run context that tells which commit, branch and repository the code of a run is from."""
