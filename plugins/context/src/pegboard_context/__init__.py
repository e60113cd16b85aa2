"""Run contexts that tell who started a run, and from which script or notebook."""
