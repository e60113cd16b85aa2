"""Removes secrets from the URL of a git remote, so that it can become a tag; the program module calls it."""

from __future__ import annotations

import re

_HOST = re.compile(r"(?:[\w.-]+|\[[0-9a-fA-F:.%]+\])?(?::\d*)?")
_SCP = re.compile(r"(?:[\w.+-]+@)?(?:[\w.-]+|\[[0-9a-fA-F:.%]+\]):[^:@]*")
_HELPER = re.compile(r"[\w.+-]+::")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*")
_SSH = frozenset({"ssh", "git+ssh", "ssh+git"})


def without_secrets(url: str) -> str | None:
    """Return a remote's URL without password, token, query and fragment.

    Args:
        url: In one of the forms of git-clone(1), section GIT URLS.

    Returns:
        The URL, or None if it is not certain where a secret would be. The login of an SSH URL is no secret
        and stays.
    """
    if not url.isprintable() or _HELPER.match(url):
        return None
    scheme, separator, rest = url.partition("://")
    if not separator:
        # A local path, or host:path; something like user:secret@host is neither.
        return url if _SCP.fullmatch(url) or "@" not in url or url.startswith(("/", ".")) else None
    scheme = scheme.lower()
    authority, slash, path = rest.partition("/")
    login, _, host = authority.rpartition("@")
    if not _SCHEME.fullmatch(scheme) or not _HOST.fullmatch(host) or (":" in host and "@" in path):
        return None
    if scheme == "file":
        return None if login else url
    path = re.split("[?#]", path, maxsplit=1)[0]
    kept = f"{login}@" if scheme in _SSH and login and ":" not in login else ""
    return f"{scheme}://{kept}{host}{slash}{path}"
