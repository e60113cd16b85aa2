"""The one parser of the filter and order-by language, and its evaluation over entities.

The language is MLflow's: comparisons such as ``metrics.rmse < 0.5`` joined by ``AND``. Parsing yields a small
syntax tree that each store translates; stores that cannot translate it evaluate it with `matcher`, and order
and page with `page`.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from pegboard.entities import Experiment, Run
from pegboard.errors import InvalidParameterValue

ValueType = Literal["text", "number"]

_ENTITIES = {
    "attribute": ("attribute", "attributes", "attr", "run"),
    "metric": ("metric", "metrics"),
    "param": ("param", "params", "parameter", "parameters"),
    "tag": ("tag", "tags"),
    "dataset": ("dataset", "datasets"),
}
_NUMBER_OPERATORS = ("=", "!=", ">", ">=", "<", "<=")
_TEXT_OPERATORS = ("=", "!=", "LIKE", "ILIKE")
_LIST_OPERATORS = ("IN", "NOT IN")
_NULL_OPERATORS = ("IS NULL", "IS NOT NULL")
_CONTEXT_TAG = "mlflow.data.context"


@dataclass(frozen=True, slots=True)
class Column:
    """What a comparison or an order looks at.

    Args:
        entity: `attribute`, `metric`, `param`, `tag` or `dataset`.
        key: The attribute's canonical name, or the key of a metric, param or tag.
        type: Whether its values are text or numbers.
    """

    entity: str
    key: str
    type: ValueType

    def __str__(self) -> str:
        return f"{self.entity}.`{self.key}`"


@dataclass(frozen=True, slots=True)
class Comparison:
    """One condition; `value` is text, a number, texts for IN and NOT IN, or None for IS [NOT] NULL."""

    column: Column
    operator: str
    value: Any


@dataclass(frozen=True, slots=True)
class OrderBy:
    """One column of an order."""

    column: Column
    ascending: bool


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """What a search is over: its attributes by accepted name, its further entities, and its ties.

    Args:
        name: The plural that messages use.
        attributes: Accepted name to canonical name and type.
        entities: The entities besides attributes that a filter may name.
        orderable: Those of them that an order may name.
        listable: The attributes that IN and NOT IN take, besides datasets.
        value: Gives an entity's value of a column; None where it has none.
        default_order: The order without order-by columns.
        ties: The columns that make every order total.
    """

    name: str
    attributes: dict[str, tuple[str, ValueType]]
    entities: tuple[str, ...]
    orderable: tuple[str, ...]
    listable: tuple[str, ...]
    value: Callable[[Any, Column], Any]
    default_order: tuple[OrderBy, ...]
    ties: tuple[OrderBy, ...]


def _run_value(run: Run, column: Column) -> Any:
    if column.entity == "attribute":
        return getattr(run.info, column.key)
    if column.entity == "metric":
        for metric in run.data.latest_metrics:
            if metric.key == column.key:
                return metric.value
        return None
    return (run.data.params if column.entity == "param" else run.data.tags).get(column.key)


def _experiment_value(experiment: Experiment, column: Column) -> Any:
    if column.entity == "attribute":
        return getattr(experiment, column.key)
    return experiment.tags.get(column.key)


def _attribute_order(key: str, type: ValueType, ascending: bool) -> OrderBy:
    return OrderBy(Column("attribute", key, type), ascending)


RUNS = Target(
    name="runs",
    attributes={
        "run_id": ("run_id", "text"),
        "run_name": ("run_name", "text"),
        "run name": ("run_name", "text"),
        "Run name": ("run_name", "text"),
        "Run Name": ("run_name", "text"),
        "user_id": ("user_id", "text"),
        "status": ("status", "text"),
        "artifact_uri": ("artifact_uri", "text"),
        "start_time": ("start_time", "number"),
        "created": ("start_time", "number"),
        "Created": ("start_time", "number"),
        "end_time": ("end_time", "number"),
    },
    entities=("metric", "param", "tag", "dataset"),
    orderable=("metric", "param", "tag"),
    listable=("run_id",),
    value=_run_value,
    default_order=(),
    ties=(_attribute_order("start_time", "number", False), _attribute_order("run_id", "text", True)),
)

EXPERIMENTS = Target(
    name="experiments",
    attributes={
        "name": ("name", "text"),
        "experiment_id": ("experiment_id", "text"),
        "creation_time": ("creation_time", "number"),
        "last_update_time": ("last_update_time", "number"),
    },
    entities=("tag",),
    orderable=(),
    listable=("experiment_id",),
    value=_experiment_value,
    default_order=(_attribute_order("creation_time", "number", False),),
    ties=(_attribute_order("experiment_id", "text", True),),
)


# Reading the text

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<quoted>'(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`)
    | (?P<number>-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![\w.]))
    | (?P<operator><=|>=|!=|=|<|>)
    | (?P<mark>[(),.])
    | (?P<word>\w+)
    )""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    start: int
    end: int

    def is_word(self, *words: str) -> bool:
        return self.kind == "word" and self.text.upper() in words


class _Reader:
    """Steps over the tokens of one text; `what` names the text in messages."""

    def __init__(self, text: str, target: Target, what: str) -> None:
        self.text = text
        self.target = target
        self.what = what
        self.tokens = self._tokens()
        self.next = 0

    def _tokens(self) -> list[_Token]:
        tokens, position, end = [], 0, len(self.text.rstrip())
        while position < end:
            match = _TOKEN.match(self.text, position)
            if match is None:
                start = position + len(self.text[position:]) - len(self.text[position:].lstrip())
                raise self.error(f"unexpected {self.text[start]!r}", start)
            kind = match.lastgroup
            assert kind is not None
            tokens.append(_Token(kind, match[kind], match.start(kind), match.end(kind)))
            position = match.end()
        tokens.append(_Token("end", "the end", len(self.text), len(self.text)))
        return tokens

    def error(self, problem: str, position: int) -> InvalidParameterValue:
        return InvalidParameterValue(
            f"Wrong {self.what} for {self.target.name}, at position {position + 1}: {problem}.\n"
            f"  {_one_line(self.text)}\n  {' ' * position}^"
        )

    def peek(self) -> _Token:
        return self.tokens[self.next]

    def take(self) -> _Token:
        token = self.tokens[self.next]
        self.next += token.kind != "end"
        return token

    def take_word(self, word: str) -> None:
        token = self.take()
        if not token.is_word(word):
            raise self.error(f"expected {word} instead of {token.text}", token.start)

    def column(self, for_order: bool = False) -> Column:
        first = self.take()
        if first.kind not in ("word", "quoted", "number") or first.text[0] == "'":
            raise self.error(
                f"expected a column such as {self._example(for_order)} instead of {first.text}", first.start
            )
        dot = self.peek()
        if not (dot.kind == "mark" and dot.text == "." and dot.start == first.end):
            return self._attribute(_unquoted(first), first)
        self.take()
        return self._keyed(first, self._key(dot), for_order)

    def _key(self, dot: _Token) -> _Token:
        token = self.peek()
        if token.start != dot.end or token.kind not in ("word", "quoted", "number"):
            raise self.error(f"expected a key instead of {token.text}", token.start)
        self.take()
        if token.kind == "quoted":
            return token
        end = token.end
        while (
            self.peek().start == end
            and self.peek().text[0] not in "'\"`"
            and (self.peek().text == "." or self.peek().kind in ("word", "number"))
        ):
            end = self.take().end
        return _Token("word", self.text[token.start : end], token.start, end)

    def _keyed(self, first: _Token, key: _Token, for_order: bool) -> Column:
        entity = next((e for e, names in _ENTITIES.items() if _unquoted(first) in names), None)
        if entity == "attribute":
            return self._attribute(_unquoted(key), key)
        allowed = self.target.orderable if for_order else self.target.entities
        if entity not in allowed:
            known = ["attributes", *(f"{name}s" for name in allowed)]
            raise self.error(f"'{_unquoted(first)}' is none of the entities {', '.join(known)}", first.start)
        if entity == "dataset" and _unquoted(key) not in ("name", "digest", "context"):
            raise self.error(f"a dataset has no '{_unquoted(key)}', only name, digest, context", key.start)
        return Column(entity, _unquoted(key), "number" if entity == "metric" else "text")

    def _attribute(self, name: str, token: _Token) -> Column:
        known = self.target.attributes.get(name)
        if known is None:
            names = ", ".join(dict.fromkeys(canonical for canonical, _ in self.target.attributes.values()))
            hint = ""
            if self.target.entities:
                hint = f"; keys of {', '.join(f'{e}s' for e in self.target.entities)} need their entity first"
            raise self.error(
                f"{self.target.name} have no attribute '{name}', only {names}{hint}", token.start
            )
        return Column("attribute", *known)

    def _example(self, for_order: bool) -> str:
        allowed = self.target.orderable if for_order else self.target.entities
        attribute = next(iter(self.target.attributes))
        return f"{attribute} or {allowed[0]}s.`key`" if allowed else attribute

    def operator(self, column: Column) -> str:
        token = self.take()
        name = token.text.upper()
        if token.is_word("IS"):
            if self.peek().is_word("NOT"):
                self.take()
                name = "IS NOT NULL"
            else:
                name = "IS NULL"
            self.take_word("NULL")
        elif token.is_word("NOT"):
            self.take_word("IN")
            name = "NOT IN"
        elif token.kind != "operator" and not token.is_word("LIKE", "ILIKE", "IN"):
            raise self.error(f"expected a comparison instead of {token.text}", token.start)
        allowed = self._operators(column)
        if name not in allowed:
            raise self.error(
                f"{column} cannot be compared by {name}, only by {', '.join(allowed)}", token.start
            )
        return name

    def _operators(self, column: Column) -> tuple[str, ...]:
        if column.type == "number":
            return _NUMBER_OPERATORS
        if column.entity == "dataset" or (
            column.entity == "attribute" and column.key in self.target.listable
        ):
            return _TEXT_OPERATORS + _LIST_OPERATORS
        if column.entity in ("param", "tag"):
            return _TEXT_OPERATORS + _NULL_OPERATORS
        return _TEXT_OPERATORS

    def value(self, column: Column, name: str) -> Any:
        if name in _NULL_OPERATORS:
            return None
        if name in _LIST_OPERATORS:
            return self._texts(column)
        token = self.take()
        if column.type == "text":
            return self._text(token, column)
        if token.kind != "number":
            raise self.error(f"{column} is compared with a number, not with {token.text}", token.start)
        # Longer whole numbers are beyond 64 bits, and beyond what Python reads as one.
        whole = len(token.text) < 20 and token.text.lstrip("-").isdecimal()
        return int(token.text) if whole else float(token.text)

    def _text(self, token: _Token, column: Column) -> str:
        if token.kind != "quoted" or token.text[0] == "`":
            raise self.error(f"{column} is compared with text in quotes, not with {token.text}", token.start)
        return _unquoted(token)

    def _texts(self, column: Column) -> tuple[str, ...]:
        token = self.take()
        if token.text != "(":
            raise self.error(f"expected a list such as ('a', 'b') instead of {token.text}", token.start)
        texts = [self._text(self.take(), column)]
        while (token := self.take()).text == "," and token.kind == "mark":
            if self.peek().text == ")":
                continue
            texts.append(self._text(self.take(), column))
        if token.text != ")" or token.kind != "mark":
            raise self.error(f"expected ',' or ')' instead of {token.text}", token.start)
        return tuple(texts)


def _unquoted(token: _Token) -> str:
    if token.kind != "quoted":
        return token.text
    quote = token.text[0]
    return token.text[1:-1].replace(quote * 2, quote)


def _one_line(text: str) -> str:
    return "".join(" " if char in "\r\n\t\v\f" else char for char in text)


@lru_cache(maxsize=256)
def _parsed_filter(text: str, target: Target) -> tuple[Comparison, ...]:
    reader = _Reader(text, target, "filter")
    comparisons: list[Comparison] = []
    while reader.peek().kind != "end":
        if comparisons:
            if reader.peek().is_word("OR"):
                raise reader.error("conditions can only be joined by AND", reader.peek().start)
            reader.take_word("AND")
        column = reader.column()
        name = reader.operator(column)
        comparisons.append(Comparison(column, name, reader.value(column, name)))
    return tuple(comparisons)


def parse_filter(text: str | None, target: Target) -> tuple[Comparison, ...]:
    """Parse a filter into comparisons, all of which must hold.

    Args:
        text: The filter; None, empty or blank text matches everything.
        target: `RUNS` or `EXPERIMENTS`.

    Raises:
        InvalidParameterValue: The text is no filter; the message shows the position.
    """
    if text is None:
        return ()
    if not isinstance(text, str):
        raise InvalidParameterValue(
            f"The filter is {text!r} of type {type(text).__name__}. It must be a string."
        )
    return _parsed_filter(text, target)


def parse_order_by(columns: Sequence[str] | None, target: Target) -> tuple[OrderBy, ...]:
    """Parse order-by columns such as ``metrics.rmse DESC`` and add the ties that make the order total.

    Args:
        columns: The columns, the first the most important; None or empty for the default order.
        target: `RUNS` or `EXPERIMENTS`.

    Raises:
        InvalidParameterValue: A column is not one; the message shows the position.
    """
    if isinstance(columns, str):
        raise InvalidParameterValue(f"order_by is the string {columns!r}. It must be a list of strings.")
    orders = [_parsed_order(column, target) for column in columns or ()] or list(target.default_order)
    named = {order.column for order in orders}
    return (*orders, *(tie for tie in target.ties if tie.column not in named))


def _parsed_order(text: str, target: Target) -> OrderBy:
    if not isinstance(text, str):
        raise InvalidParameterValue(f"The order-by column {text!r} is no string.")
    reader = _Reader(text, target, "order-by column")
    column = reader.column(for_order=True)
    direction = reader.take()
    ascending = not direction.is_word("DESC")
    if direction.kind != "end":
        if not direction.is_word("ASC", "DESC"):
            raise reader.error(f"expected ASC or DESC instead of {direction.text}", direction.start)
        rest = reader.take()
        if rest.kind != "end":
            raise reader.error(f"expected the end instead of {rest.text}", rest.start)
    return OrderBy(column, ascending)


# Evaluation over entities

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "IN": lambda value, wanted: value in wanted,
    "NOT IN": lambda value, wanted: value not in wanted,
}


def like_pattern(text: str, ignore_case: bool) -> re.Pattern[str]:
    """Return the pattern of a LIKE: `%` is any text, `_` one character, all else itself."""
    parts = ["".join("." if char == "_" else re.escape(char) for char in part) for part in text.split("%")]
    pattern = parts[0]
    if len(parts) > 1:
        # Atomic groups: the first place where a part fits is as good as any, and trying all takes for ever.
        pattern += "".join(f"(?>.*?{part})" for part in parts[1:-1] if part) + f".*{parts[-1]}"
    return re.compile(pattern, re.DOTALL | (re.IGNORECASE if ignore_case else 0))


def _test(comparison: Comparison) -> Callable[[Any], bool]:
    """Return the test of one value that is not None."""
    wanted = comparison.value
    if comparison.operator in ("LIKE", "ILIKE"):
        fullmatch = like_pattern(wanted, comparison.operator == "ILIKE").fullmatch
        return lambda value: fullmatch(value) is not None
    compare = _COMPARE[comparison.operator]
    if comparison.column.type == "number":
        # NaN is the one value that differs from itself; it compares false with everything.
        return lambda value: value == value and compare(value, wanted)
    return lambda value: compare(value, wanted)


def _condition(comparison: Comparison, target: Target) -> Callable[[Any], bool]:
    column, value_of = comparison.column, target.value
    if comparison.operator == "IS NULL":
        return lambda entity: value_of(entity, column) is None
    if comparison.operator == "IS NOT NULL":
        return lambda entity: value_of(entity, column) is not None
    test = _test(comparison)
    if column.entity == "dataset":
        return lambda run: any(test(value) for value in _dataset_values(run, column.key))

    def holds(entity: Any) -> bool:
        value = value_of(entity, column)
        return value is not None and test(value)

    return holds


def _dataset_values(run: Run, key: str) -> list[str]:
    if key == "context":
        return [tag.value for use in run.inputs.dataset_inputs for tag in use.tags if tag.key == _CONTEXT_TAG]
    return [getattr(use.dataset, key) for use in run.inputs.dataset_inputs]


def matcher(text: str | None, target: Target) -> Callable[[Any], bool]:
    """Return the test that tells whether an entity matches the filter.

    Args:
        text: The filter, as for `parse_filter`.
        target: `RUNS` or `EXPERIMENTS`.
    """
    conditions = [_condition(comparison, target) for comparison in parse_filter(text, target)]
    if len(conditions) == 1:
        return conditions[0]
    return lambda entity: all(condition(entity) for condition in conditions)
