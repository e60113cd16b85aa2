"""A file store in a folder of its own; the program run here, in a process, and on a terminal."""

from __future__ import annotations

import fcntl
import os
import struct
import subprocess
import sys
import termios
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from pegboard import PegboardClient
from pegboard.cli import main


@dataclass
class Result:
    code: int
    out: str
    err: str = ""


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder; the store is the folder `mlruns` in it."""
    for name in list(os.environ):
        if name.startswith(("PEGBOARD_", "MLFLOW_")) or name in ("COLUMNS", "NO_COLOR", "FORCE_COLOR"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("PEGBOARD_TRACKING_URI", str(tmp_path / "mlruns"))
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def client(place: Path) -> PegboardClient:
    return PegboardClient(str(place / "mlruns"))


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., Result]:
    """Run a command in this process."""

    def call(*arguments: str) -> Result:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main(list(arguments), prog_name="pegboard")
        code = ended.value.code
        assert isinstance(code, int)
        return Result(code, *capsys.readouterr())

    return call


@pytest.fixture
def program() -> Callable[..., Result]:
    """Run the program in a process of its own, its streams in pipes."""

    def call(*arguments: str, **environment: str) -> Result:
        done = subprocess.run(
            [sys.executable, "-m", "pegboard", *arguments],
            capture_output=True,
            env={**os.environ, **environment},
        )
        return Result(done.returncode, done.stdout.decode(), done.stderr.decode())

    return call


class Terminal:
    """A process on a terminal of some width."""

    def __init__(self, command: list[str], width: int) -> None:
        self._master, slave = os.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 50, width, 0, 0))
        # Without env, libreadline's COLUMNS would come along, which os.environ does not know.
        self._process = subprocess.Popen(
            command, stdin=slave, stdout=slave, stderr=slave, env=dict(os.environ)
        )
        os.close(slave)
        self.output = b""

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *error: object) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._master)

    def read_until(self, text: str) -> None:
        while text.encode() not in self.output:
            assert self._read(), self.output

    def write(self, text: str) -> None:
        os.write(self._master, text.encode())

    def end(self) -> Result:
        while self._read():
            pass
        return Result(self._process.wait(), self.output.decode().replace("\r\n", "\n"))

    def _read(self) -> bool:
        try:
            part = os.read(self._master, 65536)
        except OSError:  # what Linux says at the end
            return False
        self.output += part
        return bool(part)


@pytest.fixture
def on_terminal() -> Callable[..., Result]:
    """Run the program with all its streams on a terminal."""

    def call(*arguments: str, width: int = 120) -> Result:
        with Terminal([sys.executable, "-m", "pegboard", *arguments], width) as terminal:
            return terminal.end()

    return call


@pytest.fixture
def terminal() -> type[Terminal]:
    return Terminal
