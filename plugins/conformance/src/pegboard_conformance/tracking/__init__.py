"""The rules of tracking stores, one module a topic; `pegboard_conformance.suites` lists them."""
