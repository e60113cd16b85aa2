"""The rules of artifact repositories, one module a topic; `pegboard_conformance.suites` lists them."""
