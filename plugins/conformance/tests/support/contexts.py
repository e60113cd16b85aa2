"""A correct run context, and ones that are wrong."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys

from wrong import breaks

from pegboard.contracts import RunContext


class PlainContext(RunContext):
    """Keeps all rules."""

    def __init__(self, name: str) -> None:
        self.name = name

    def in_context(self) -> bool:
        return True

    def tags(self) -> dict[str, str]:
        return {"context.name": self.name, "context.text": "é\n"}


class AbsentContext(PlainContext):
    """Keeps all rules and never applies."""

    def in_context(self) -> bool:
        return False

    def tags(self) -> dict[str, str]:
        raise AssertionError("nobody may ask for tags")


@breaks("run-context/in-context-is-a-bool", "run-context/works-without-surroundings")
class Raises(PlainContext):
    def in_context(self) -> bool:
        raise KeyError("HOME")


@breaks("run-context/in-context-is-a-bool")
class AnswersText(PlainContext):
    def in_context(self) -> bool:
        return "yes"  # type: ignore[return-value]


@breaks("run-context/tags-are-texts", "run-context/tags-keep-the-limits")
class CountsInTags(PlainContext):
    def tags(self) -> dict[str, str]:
        return {"gpus": 8}  # type: ignore[dict-item]


@breaks("run-context/tags-keep-the-limits")
class LongTags(PlainContext):
    def tags(self) -> dict[str, str]:
        return {"environment": "x" * 8001}


@breaks("run-context/answers-repeat", "run-context/any-thread")
class ChangesItsMind(PlainContext):
    def tags(self) -> dict[str, str]:
        return {"id": str(random.random())}


@breaks("run-context/tags-belong-to-the-caller")
class SharesItsTags(PlainContext):
    shared = {"a": "b"}  # noqa: RUF012 (that is what is wrong)

    def tags(self) -> dict[str, str]:
        return self.shared


@breaks("run-context/in-context-is-quick")
class StartsAProgram(PlainContext):
    def in_context(self) -> bool:
        subprocess.run([sys.executable, "-S", "-c", ""], check=True)
        return True


@breaks("run-context/in-context-is-quick")
class AsksTheNetwork(PlainContext):
    def in_context(self) -> bool:
        with socket.socket() as asking:
            return asking.connect_ex(("127.0.0.1", 9)) != 0


@breaks("run-context/surroundings-stay")
class ChangesTheFolder(PlainContext):
    def tags(self) -> dict[str, str]:
        os.chdir("/")
        return {}


@breaks("run-context/surroundings-stay")
class CatchesSignals(PlainContext):
    def in_context(self) -> bool:
        signal.signal(signal.SIGUSR1, lambda *_: None)
        return True


@breaks("run-context/surroundings-stay")
class SetsVariables(PlainContext):
    def tags(self) -> dict[str, str]:
        os.environ["CONTEXT"] = self.name
        return {}


@breaks("run-context/prints-nothing")
class Prints(PlainContext):
    def tags(self) -> dict[str, str]:
        print("looking around")
        return {}
