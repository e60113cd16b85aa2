"""The data that many rules of tracking stores share: texts, keys, ids and numbers, good, odd and bad."""

from __future__ import annotations

import math
from typing import Any, cast

from pegboard.entities import (
    Metric,
)

#: A moment in milliseconds, which starts and points have unless a rule is about times.
MOMENT = 1_700_000_000_000


RUN_NAME_TAG = "mlflow.runName"


#: Texts that files, YAML, SQL and JSON are prone to change; all must come back equal.
HOSTILE_TEXTS = (
    "",
    " ",
    "  leading and trailing  ",
    "\n",
    "line\nfeed\n",
    "\nleading feed",
    "carriage\rreturn\r",
    "both\r\n\r\n",
    "next\x85line\u2028separator\u2029paragraph",
    "tab\tvertical\x0bform\x0c",
    "control \x01\x02\x07\x08\x1b\x1f\x7f\x80\x9f",
    "\ufeffbyte order mark",
    "na\u00efve \u65e5\u672c\u8a9e \u0440\u0443\u0441",
    "decomposed e\u0301 and composed \u00e9",
    "emoji \U0001f600 \U0001f468\u200d\U0001f469\u200d\U0001f467 \U0001f1e9\U0001f1ea",
    "\u05e2\u05d1\u05e8\u05d9\u05ea \u202eoverride\u202c \u0627\u0644\u0639\u0631\u0628\u064a\u0629",
    "\uffff\ufffe\ufffd\U0010ffff",
    "null",
    "~",
    "None",
    "true",
    "no",
    "1e3",
    "0x1F",
    "0o7",
    "1_000",
    "1.50",
    ".inf",
    "NaN",
    "2001-01-01",
    "- a: b",
    "a: b # c",
    "? key",
    "!!python/object:os.system",
    "&anchor *alias",
    "{a: [1, 2]}",
    "--- |\n  block\n...",
    "> folded",
    "%TAG ! tag:",
    "@at `tick`",
    "'",
    '"',
    "'''\"\"\"" * 20,
    "it's \"quoted\" \\'escaped\\'",
    "back\\slash \\n \\u0041 \\",
    "100% _under_ %s %(name)s {0} ${HOME} $(id)",
    "'; DROP TABLE runs; --",
    "../../etc/passwd",
    "C:\\windows",
    "<script>&amp;</script>",
    "\\x00 but no NUL",
    "a" * 300,
)


#: Texts that no store holds.
BAD_TEXTS = ("nul\0inside", "\0", "lone \ud800 surrogate", "\udfff")


#: Keys at the edges of what the rules allow.
GOOD_KEYS = (
    "a",
    "_",
    "-",
    ":",
    "0",
    "with space",
    " space around ",
    "a.b.c",
    "a-b_c:d e",
    "folder/key",
    "deep/er/and/deeper/key",
    "\u00fcn\u00efc\u00f6d\u00e9",
    "\u65e5\u672c/\u8a9e",
    ".hidden",
    "a..b",
    "null",
    "meta.yaml",
    "metrics",
    "k" * 250,
)


#: Keys that break a rule, each in a way of its own.
BAD_KEYS = (
    "",
    "k" * 251,
    "/absolute",
    "..",
    "../climbs",
    "a/../b",
    "a/..",
    ".",
    "./a",
    "a/.",
    "a//b",
    "a/",
    "/",
    "new\nline",
    "trailing\n",
    "tab\t",
    "nul\0",
    "bell\x07",
    "back\\slash",
    "quo'te",
    'quo"te',
    "per%cent",
    "hash#",
    "quest?ion",
    "star*",
    "comma,",
    "equals=",
    "(",
    "`",
    "\U0001f600",
    "\ud800",
    None,
    5,
    b"bytes",
)


#: Values that a text field of an entity cannot have.
NO_TEXTS = (*BAD_TEXTS, None, 5, 1.5, b"bytes", ["list"])


#: Ids that have not the form of one.
BAD_IDS = (
    "",
    ".",
    "..",
    "../x",
    "a/b",
    "/absolute",
    "nul\0",
    "new\nline",
    "trailing\n",
    "sp ace",
    "\u00e9",
    "\U0001f600",
    "%2e%2e",
    "a\\b",
    "-dash",
    ".trash",
    "'; DROP TABLE runs; --",
    "x" * 300,
    None,
    1.5,
)


#: Values of metrics that are floats, but unlike others.
ODD_NUMBERS = (
    math.nan,
    math.inf,
    -math.inf,
    0.0,
    1e-320,
    5e-324,
    -2.2250738585072014e-308,
    1e308,
    1.7976931348623157e308,
    0.1 + 0.2,
    1 / 3,
    -1e-7,
    123456789012345680.0,
    1e22,
)


#: Metrics that break a rule besides those of keys.
BAD_METRICS = tuple(
    Metric("bad", cast(Any, value), cast(Any, timestamp), cast(Any, step))
    for value, timestamp, step in (
        ("1.0", 1, 0),
        (None, 1, 0),
        (True, 1, 0),
        ([1.0], 1, 0),
        (1j, 1, 0),
        (10**400, 1, 0),
        (1.0, -1, 0),
        (1.0, "1", 0),
        (1.0, None, 0),
        (1.0, 1.5, 0),
        (1.0, 2**63, 0),
        (1.0, math.nan, 0),
        (1.0, 1, "0"),
        (1.0, 1, None),
        (1.0, 1, 0.5),
        (1.0, 1, True),
        (1.0, 1, 2**63),
        (1.0, 1, -(2**63) - 1),
        (1.0, 1, math.inf),
    )
)
