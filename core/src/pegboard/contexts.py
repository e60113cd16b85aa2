"""The tags that run contexts give to a run that starts."""

from __future__ import annotations

from pegboard import load


def context_tags() -> dict[str, str]:
    """Return the tags of all run contexts that apply; among them the later name wins a key.

    A context that fails is reported once and skipped.
    """
    tags: dict[str, str] = {}
    for offer, context in load.providers_of("run_context"):
        try:
            if context.in_context():
                tags.update({str(key): str(value) for key, value in context.tags().items()})
        except Exception as error:  # somebody's context must not keep a run from starting
            load.report(offer, error)
    return tags
