"""The rules of run contexts."""

from __future__ import annotations

import io
from contextlib import redirect_stderr, redirect_stdout

from pegboard.contracts import RunContext
from pegboard.entities import RunTag
from pegboard.validation import check_tag
from pegboard_conformance.checks import check, equal
from pegboard_conformance.contexts.harness import ContextHarness, both, counted, surroundings
from pegboard_conformance.rules import Rules

rule: Rules[ContextHarness] = Rules("run_context")


@rule
def is_a_run_context(h: ContextHarness) -> None:
    """A run context is an instance of the contract's class."""
    check(isinstance(h.context, RunContext), f"{type(h.context)} is no RunContext")


@rule
def in_context_is_a_bool(h: ContextHarness) -> None:
    """in_context tells by True or False whether the context applies, and does not raise."""
    answer = h.context.in_context()
    check(type(answer) is bool, f"in_context returned {answer!r}")


@rule
def tags_are_texts(h: ContextHarness) -> None:
    """tags returns a dictionary of texts by key."""
    tags = h.tags()
    check(type(tags) is dict, f"tags returned {tags!r}")
    for key, value in tags.items():
        check(type(key) is str and type(value) is str, f"the tag {key!r} is {value!r}, not both are texts")


@rule
def tags_keep_the_limits(h: ContextHarness) -> None:
    """The tags keep the rules of tags, so that every store takes them; none needs to be cut."""
    with h.variables(PEGBOARD_TRUNCATE_LONG_VALUES="false"):
        for key, value in h.tags().items():
            check_tag(RunTag(key, value))


@rule
def answers_repeat(h: ContextHarness) -> None:
    """While nothing changes, repeated calls give equal answers, also from another object of the context."""
    answers = [(context.in_context(), h.tags()) for context in (h.context, h.context, h.open())]
    equal(answers[1:], [answers[0]] * 2, "the repeated answers")


@rule
def tags_belong_to_the_caller(h: ContextHarness) -> None:
    """What a caller does to the dictionary that it got changes no later answer."""
    tags = h.tags()
    wanted = dict(tags)
    tags.clear()
    tags["changed"] = "by the caller"
    equal(h.tags(), wanted, "the later answer")


@rule
def any_thread(h: ContextHarness) -> None:
    """Any thread may ask, several at once, and gets the answer that the main thread gets."""
    wanted = (h.context.in_context(), h.tags())
    equal(
        h.in_threads(lambda _: (h.context.in_context(), h.context.tags()), range(4)), [wanted] * 4, "answers"
    )


@rule
def in_context_is_quick(h: ContextHarness) -> None:
    """in_context may be asked many times: 200 calls start no more than one program and no connection."""
    with counted() as counter:
        for _ in range(200):
            h.context.in_context()
    check(
        counter["connections"] + counter["names looked up"] == 0,
        f"200 calls of in_context made {dict(counter)}",
    )
    check(sum(counter.values()) <= 1, f"200 calls of in_context made {dict(counter)}")


@rule
def tags_are_quick(h: ContextHarness) -> None:
    """Asking for tags makes no connection, and asking often starts few programs: a run waits for it."""
    h.tags()
    with counted() as counter:
        h.context.tags()
    check(counter["connections"] + counter["names looked up"] == 0, f"asking for tags made {dict(counter)}")
    check(sum(counter.values()) <= 10, f"asking for tags once made {dict(counter)}")


@rule
def surroundings_stay(h: ContextHarness) -> None:
    """Asking changes nothing of the process: folder, environment, signal handlers, search path, streams."""
    before = surroundings()
    both(h)
    for what, after in surroundings().items():
        equal(after, before[what], f"the {what} of the process")


@rule
def prints_nothing(h: ContextHarness) -> None:
    """Asking prints nothing."""
    printed = io.StringIO()
    with redirect_stdout(printed), redirect_stderr(printed):
        both(h)
    equal(printed.getvalue(), "", "what was printed")


@rule
def works_without_surroundings(h: ContextHarness) -> None:
    """Without most of the environment, and without a home, asking does not raise."""
    gone = dict.fromkeys(("HOME", "USER", "LOGNAME", "USERNAME", "LNAME", "PATH", "PWD", "LANG", "TERM"))
    with h.variables(**gone):
        both(h)


@rule
def close_twice(h: ContextHarness) -> None:
    """A context may be closed twice."""
    h.context.close()
    h.context.close()
