"""What happens when the disk refuses, or the process dies."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pegboard.errors import InvalidParameterValue, PermissionDenied, ResourceDoesNotExist, StorageFull
from pegboard.validation import RESERVED_PREFIX
from pegboard_local_artifacts.repository import LocalArtifactRepository

NOBODY = 65534


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that every user may enter, unlike pytest's."""
    folder = Path(tempfile.mkdtemp(prefix="pegboard-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@contextmanager
def unprivileged() -> Iterator[None]:
    """Go on as somebody whom permissions hold back, should the tests run as root."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if user == 0:
            os.seteuid(user)


def test_folders_that_may_not_be_written_are_named(place: Path) -> None:
    root = place / "root"
    (root / "sub").mkdir(parents=True)
    (root / "sub" / "a").write_text("1")
    (place / "file").write_text("1")
    repository = LocalArtifactRepository(str(root))
    repository.list_artifacts("sub")
    for folder in (root / "sub", root, place):
        folder.chmod(0o555)
    with unprivileged():
        with pytest.raises(PermissionDenied, match=f"'{root}/sub'"):
            repository.log_artifact(str(place / "file"), "sub")
        with pytest.raises(PermissionDenied, match=f"'{root}'"):
            repository.log_artifacts(str(root / "sub"), "new/deep")
        with pytest.raises(PermissionDenied, match=f"'{root}/sub/a'"):
            repository.delete_artifacts("sub/a")
        with pytest.raises(PermissionDenied, match=str(place)):
            LocalArtifactRepository(str(place / "other")).log_artifact(str(place / "file"))
    place.chmod(0o755)


def test_a_folder_that_cannot_be_deleted_stays_in_sight(place: Path) -> None:
    root = place / "root"
    (root / "a" / "b").mkdir(parents=True)
    (root / "a" / "b" / "file").write_text("1")
    root.chmod(0o777)
    (root / "a").chmod(0o777)
    if os.geteuid() == 0:
        os.chown(root / "a", NOBODY, NOBODY)
    else:
        (root / "a" / "b").chmod(0o555)
    repository = LocalArtifactRepository(str(root))
    with unprivileged(), pytest.raises(PermissionDenied):
        repository.delete_artifacts("a")
    assert [info.path for info in repository.list_artifacts("a/b")] == ["a/b/file"]
    (root / "a" / "b").chmod(0o755)


def test_what_may_not_be_read_is_named(place: Path) -> None:
    root = place / "root"
    (root / "closed").mkdir(parents=True)
    (root / "secret").write_text("1")
    (root / "secret").chmod(0)
    (root / "closed").chmod(0)
    source = place / "source"
    source.mkdir(mode=0o755)
    (source / "secret").write_text("1")
    (source / "secret").chmod(0)
    target = place / "target"
    target.mkdir()
    target.chmod(0o777)
    repository = LocalArtifactRepository(str(root))
    writable = LocalArtifactRepository(str(target))
    with unprivileged():
        with pytest.raises(PermissionDenied, match=f"'{root}/closed'"):
            repository.list_artifacts("closed")
        with pytest.raises(PermissionDenied, match=f"'{root}/secret'"):
            repository.download_file("secret", str(target / "copy"))
        with pytest.raises(PermissionDenied, match=f"'{source}/secret'"):
            writable.log_artifacts(str(source))
    assert os.listdir(target) == []
    (root / "closed").chmod(0o755)


def test_a_file_over_the_limit_of_the_user_leaves_nothing(
    repository: LocalArtifactRepository, root: Path, source: Path
) -> None:
    (source / "a").write_text("1")
    (source / "big").write_bytes(bytes(300_000))
    (root / "there").mkdir(parents=True)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    try:
        for folder in (None, "there", "new"):
            with pytest.raises(StorageFull):
                repository.log_artifacts(str(source), folder)
            with pytest.raises(StorageFull):
                repository.log_artifact(str(source / "big"), folder)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert [path.name for path in root.rglob("*")] == ["there"]


ON_A_FULL_DISK = """
import os, sys
from pegboard.errors import StorageFull
from pegboard_local_artifacts.repository import LocalArtifactRepository

disk, source = sys.argv[1:]
repository = LocalArtifactRepository(disk + "/root")
repository.log_artifact(source + "/small", "sub")
for call in (
    lambda: repository.log_artifacts(source),
    lambda: repository.log_artifacts(source, "new/deep"),
    lambda: repository.log_artifact(source + "/large", "sub"),
    lambda: LocalArtifactRepository(source).download_file("large", disk + "/large"),
    lambda: LocalArtifactRepository(source).download_artifacts(None, disk),
):
    try:
        call()
    except StorageFull:
        continue
    sys.exit("not full")
assert sorted(os.listdir(disk)) == ["root"], os.listdir(disk)
assert sorted(os.listdir(disk + "/root")) == ["sub"], os.listdir(disk + "/root")
assert sorted(os.listdir(disk + "/root/sub")) == ["small"], os.listdir(disk + "/root/sub")
"""


def test_a_full_disk_leaves_nothing_half(source: Path, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    alone = ["unshare", "--user", "--map-root-user", "--mount"]
    mount = f"mount -t tmpfs -o size=1m none '{disk}'"
    if not shutil.which("unshare") or subprocess.run([*alone, "sh", "-c", mount], check=False).returncode:
        pytest.skip(
            "a small disk can be mounted only on Linux, where users may have name spaces of their own"
        )
    (source / "small").write_text("1")
    (source / "large").write_bytes(os.urandom(2_000_000))
    script = f"{mount} && exec \"$0\" -c \"$1\" '{disk}' '{source}'"
    subprocess.run([*alone, "sh", "-c", script, sys.executable, ON_A_FULL_DISK], check=True)


LOG_FOREVER = """
import sys
from pegboard_local_artifacts.repository import LocalArtifactRepository

root, source, as_folder = sys.argv[1:]
repository = LocalArtifactRepository(root)
if as_folder == "True":
    repository.log_artifacts(source, "new")
else:
    repository.log_artifact(source + "/endless")
"""


@pytest.mark.parametrize("as_folder", [False, True])
def test_what_a_killed_process_leaves_is_no_artifact(
    repository: LocalArtifactRepository, root: Path, source: Path, tmp_path: Path, as_folder: bool
) -> None:
    root.mkdir()
    with (source / "endless").open("wb") as file:
        file.truncate(1 << 36)
    process = subprocess.Popen([sys.executable, "-c", LOG_FOREVER, root, source, str(as_folder)])
    while not os.listdir(root):
        assert process.poll() is None
    process.kill()
    process.wait()
    assert [name.startswith(RESERVED_PREFIX) for name in os.listdir(root)] == [True]
    assert repository.list_artifacts() == []
    (tmp_path / "to").mkdir()
    repository.download_artifacts(None, str(tmp_path / "to"))
    assert list((tmp_path / "to").iterdir()) == []
    with pytest.raises(InvalidParameterValue):
        repository.download_artifacts(os.listdir(root)[0])
    repository.delete_artifacts()
    assert os.listdir(root) == []


def test_too_long_names_and_paths_through_files(
    repository: LocalArtifactRepository, root: Path, source: Path, tmp_path: Path
) -> None:
    (source / "a").write_text("1")
    repository.log_artifact(str(source / "a"))
    with pytest.raises(InvalidParameterValue):
        repository.log_artifact(str(source / "a"), "x" * 256)
    assert repository.list_artifacts("x" * 256) == []
    assert repository.list_artifacts("a/b") == []
    assert not repository.is_directory("a/b")
    repository.delete_artifacts("a/b")
    repository.delete_artifacts("x" * 256)
    with pytest.raises(ResourceDoesNotExist):
        repository.download_artifacts("a/b")
    assert os.listdir(root) == ["a"]
    (tmp_path / "to" / "a").mkdir(parents=True)
    with pytest.raises(InvalidParameterValue):
        repository.download_artifacts("a", str(tmp_path / "to"))
