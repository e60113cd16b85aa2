"""The rules of run contexts; `pegboard_conformance.suites` lists them."""
