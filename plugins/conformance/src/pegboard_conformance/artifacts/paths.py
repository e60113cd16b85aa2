"""Rules of paths that attack: nothing leaves the root, links included."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from pegboard.errors import InvalidParameterValue, PegboardException
from pegboard_conformance.artifacts.harness import BAD_PATHS, RepositoryHarness, rules, tree
from pegboard_conformance.checks import case, check, equal, refused

rule = rules()


def _all_refused(h: RepositoryHarness, call: Callable[[Any], object]) -> None:
    h.log("a/b/c.txt")
    before = tree(h.repository.download_artifacts(h.top, str(h.folder())))
    for path in BAD_PATHS:
        with case(path):
            refused(InvalidParameterValue, call, path)
            if isinstance(path, str) and not path.startswith(("/", "C:", "c:", "%2f")):
                refused(InvalidParameterValue, call, h.below(path))
    after = tree(h.repository.download_artifacts(h.top, str(h.folder())))
    equal(after, before, "the artifacts")


@rule
def bad_path_of_upload(h: RepositoryHarness) -> None:
    """A file cannot be uploaded to a path that is absolute, climbs, or is no plain path when decoded."""
    file = h.file("c.txt", b"attack")
    _all_refused(h, partial(h.repository.log_artifact, file))


@rule
def bad_path_of_folder_upload(h: RepositoryHarness) -> None:
    """A folder cannot be uploaded to a path that breaks the rules, nor can an empty one."""
    for files in ({"c.txt": b"attack"}, {}):
        folder = str(h.folder(files))
        _all_refused(h, partial(h.repository.log_artifacts, folder))


@rule
def bad_path_of_listing(h: RepositoryHarness) -> None:
    """A path that breaks the rules cannot be listed."""
    _all_refused(h, h.repository.list_artifacts)


@rule
def bad_path_of_download(h: RepositoryHarness) -> None:
    """A path that breaks the rules cannot be downloaded, and nothing is written."""
    target = h.folder()
    _all_refused(h, partial(h.repository.download_file, local_path=str(target / "file")))
    _all_refused(h, partial(h.repository.download_artifacts, dst_path=str(target)))
    _all_refused(h, h.repository.download_artifacts)
    equal(tree(target), {}, "the local files")


@rule
def bad_path_of_question(h: RepositoryHarness) -> None:
    """A path that breaks the rules is no question for is_directory."""
    _all_refused(h, h.repository.is_directory)


@rule(needs="delete")
def bad_path_of_delete(h: RepositoryHarness) -> None:
    """A path that breaks the rules cannot be deleted."""
    _all_refused(h, h.repository.delete_artifacts)


@rule
def neighbours_are_out_of_reach(h: RepositoryHarness) -> None:
    """Files beside a local root, also beside one whose name begins alike, are neither read nor written."""
    root = h.local_root()
    beside = [root.parent / f"{root.name}-beside", root.parent / h.name("beside")]
    for folder in beside:
        folder.mkdir()
        (folder / "secret").write_bytes(b"secret")
    target, file = h.folder(), h.file("secret", b"attack")
    for folder in beside:
        for path in (f"../{folder.name}", str(folder), f"%2e%2e/{folder.name}", f"x/../../{folder.name}"):
            with case(path):
                refused(InvalidParameterValue, h.repository.log_artifact, file, path)
                refused(InvalidParameterValue, h.repository.list_artifacts, path)
                refused(InvalidParameterValue, h.repository.download_artifacts, f"{path}/secret", str(target))
        equal(tree(folder), {"secret": b"secret"}, "the files beside the root")
    equal(tree(target), {}, "the local files")


@rule
def linked_folder(h: RepositoryHarness) -> None:
    """A link in a local root to a folder outside leads nowhere: nothing is read, written, deleted there."""
    outside = h.folder({"secret": b"secret", "sub/deeper": b"secret"})
    link = _link(h, "link", outside)
    file = h.file("secret", b"attack")
    for path in (link, f"{link}/sub", f"{link}/new"):
        _no_way(h.repository.log_artifact, file, path)
        _no_way(h.repository.log_artifacts, str(h.folder({"x": b"x"})), path)
        equal(_no_way(h.listed, path) or [], [], f"what is listed of {path!r}")
    _check_out_of_reach(h, [f"{link}/secret", f"{link}/sub/deeper", f"{link}/sub", link])
    if "delete" in h.repository.capabilities:
        _no_way(h.repository.delete_artifacts, f"{link}/secret")
        _no_way(h.repository.delete_artifacts, f"{link}/sub")
    equal(tree(outside), {"secret": b"secret", "sub/deeper": b"secret"}, "the files outside")


@rule
def linked_file(h: RepositoryHarness) -> None:
    """A link in a local root to a file outside is not read, and an upload of its name does not follow it."""
    outside = h.folder({"secret": b"secret"})
    link = _link(h, "secret", outside / "secret")
    dangling = _link(h, "dangling", outside / "made by attack")
    _check_out_of_reach(h, [link, dangling])
    for name in ("secret", "dangling"):
        _no_way(h.repository.log_artifact, h.file(name, b"attack"), h.top)
    equal(tree(outside), {"secret": b"secret"}, "the files outside")


@rule(needs="delete")
def deleting_a_link(h: RepositoryHarness) -> None:
    """Deleting a folder with a link in it leaves what the link points to."""
    outside = h.folder({"secret": b"secret"})
    h.log("folder/a.txt")
    link = _link(h, "folder/link", outside)
    _no_way(h.repository.delete_artifacts, link)
    h.repository.delete_artifacts(h.below("folder"))
    equal(tree(outside), {"secret": b"secret"}, "the files outside")


def _link(h: RepositoryHarness, name: str, target: Path) -> str:
    place = h.local_root() / h.below(name)
    place.parent.mkdir(parents=True, exist_ok=True)
    place.symlink_to(target)
    return h.below(name)


def _no_way(call: Callable[..., Any], *args: Any) -> Any:
    """Return what the call returns, or None if it is refused, by any error of ours."""
    try:
        return call(*args)
    except PegboardException:
        return None


def _check_out_of_reach(h: RepositoryHarness, paths: list[str]) -> None:
    target = h.folder()
    for path in paths:
        _no_way(h.repository.download_file, path, str(target / "file"))
        _no_way(h.repository.download_artifacts, path, str(target))
        found = _no_way(h.repository.download_artifacts, path)
        check(found is None, f"{path!r} was downloaded to {found!r}")
    _no_way(h.repository.download_artifacts, h.top, str(target))
    _no_way(h.repository.download_artifacts, None, str(target))
    leaked = [name for name, content in tree(target).items() if b"secret" in content]
    equal(leaked, [], "the downloaded files that came from outside")
