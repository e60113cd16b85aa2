"""An artifact repository in the memory of the process, for tests of what uses one; offered as `memory:`."""
