"""As much of PromQL as the alert rules need, evaluated on made-up series.

Rates are those between the first and the last sample of a window, without Prometheus' extrapolation to its edges: the
rules compare rates with rates, or with nothing.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Final, TypeAlias, final

Labels: TypeAlias = frozenset[tuple[str, str]]
Vector: TypeAlias = dict[Labels, float]
Series: TypeAlias = Mapping[Labels, Sequence[tuple[float, float]]]
NAME: Final = "__name__"
# a sample counts for as long, as in Prometheus
_LOOK_BACK_S: Final = 300.0
_UNITS: Final = {"s": 1.0, "m": 60.0, "h": 3600.0}
_TOKEN: Final = re.compile(
    r'\s*(?:(?P<number>\d+(?:\.\d+)?)(?![\w])|(?P<word>[a-zA-Z_]\w*)|(?P<text>"[^"]*")|(?P<span>\[\d+[smh]\])'
    r"|(?P<sign>>=|<=|!=|=~|!~|[-+*/(){},<>=]))"
)
_COMPARE: Final[Mapping[str, Callable[[float, float], bool]]] = {
    ">": lambda a, b: a > b,
    "<": lambda a, b: a < b,
    ">=": lambda a, b: a >= b,
    "<=": lambda a, b: a <= b,
}
_COMPUTE: Final[Mapping[str, Callable[[float, float], float]]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b if b else (math.nan if not a else math.copysign(math.inf, a)),
}
_AGGREGATE: Final[Mapping[str, Callable[[Sequence[float]], float]]] = {"sum": sum, "max": max, "min": min}
_CHANGES: Final = frozenset({"rate", "increase"})


def seconds(duration: str) -> float:
    """Return a duration such as `5m` in seconds."""
    return float(duration[:-1]) * _UNITS[duration[-1]]


def read_series(text: str) -> Labels:
    """Return the name and labels of a series such as `a_total{b="c"}`."""
    name, _, rest = text.partition("{")
    return frozenset({(NAME, name), *re.findall(r'(\w+)="([^"]*)"', rest)})


def read_values(text: str) -> Iterator[float]:
    """Yield the values of promtool's notation: `1 2`, `5x3` (four times 5) and `0+2x3` (0, 2, 4, 6)."""
    for part in text.split():
        found = re.fullmatch(r"(-?[\d.]+)(?:([+-][\d.]+)?x(\d+))?", part)
        assert found is not None, part
        start, step, times = float(found[1]), float(found[2] or 0), int(found[3] or 0)
        yield from (start + step * number for number in range(times + 1))


def names(expression: str) -> Iterator[tuple[str, set[str]]]:
    """Yield each metric that the expression reads, with the labels that it is asked by."""
    plain = re.sub(r"\bby\s*\([^)]*\)", "", expression)
    for name, matchers in re.findall(r"\b([a-z_]+_[a-z_]+)\b(?:\{([^}]*)\})?(?!\s*\()", plain):
        yield name, set(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", matchers))


def evaluate(expression: str, series: Series, now: float) -> Vector:
    """Return what the expression gives at this moment: one value per set of labels."""
    found = _Reader(expression, series, now).read()
    assert isinstance(found, dict), f"{expression} is a number"
    return found


@final
class _Reader:
    """Reads and computes at once: comparisons bind least, then sums, then products."""

    def __init__(self, expression: str, series: Series, now: float) -> None:
        self._tokens = [(str(each.lastgroup), each[str(each.lastgroup)]) for each in _TOKEN.finditer(expression)]
        assert "".join(text for _, text in self._tokens) == re.sub(r"\s", "", expression), expression
        self._at = 0
        self._series = series
        self._now = now

    def read(self) -> Vector | float:
        found = self._level(0)
        assert self._at == len(self._tokens), f"{self._tokens[self._at]} is one too many"
        return found

    def _level(self, level: int) -> Vector | float:
        operators: Sequence[frozenset[str]] = (frozenset(_COMPARE), frozenset("+-"), frozenset("*/"))
        if level == len(operators):
            return self._primary()
        left = self._level(level + 1)
        while self._peek() in operators[level]:
            left = _join(self._next(), left, self._level(level + 1))
        return left

    def _primary(self) -> Vector | float:
        kind, text = self._tokens[self._at]
        self._at += 1
        if kind == "number":
            return float(text)
        if text == "(":
            inside = self._level(0)
            self._take(")")
            return inside
        if text in _AGGREGATE:
            by = self._by()
            self._take("(")
            inside = self._level(0)
            self._take(")")
            assert isinstance(inside, dict)
            return _aggregate(_AGGREGATE[text], by, inside)
        return self._call(text) if self._peek() == "(" else self._select(text)

    def _call(self, function: str) -> Vector:
        self._take("(")
        if function in _CHANGES:
            found = self._change(self._next(), is_rate=function == "rate")
        elif function == "absent":
            inside = self._level(0)
            found = dict[Labels, float]() if inside else {frozenset[tuple[str, str]](): 1.0}
        else:
            assert function == "histogram_quantile", function
            quantile = self._level(0)
            self._take(",")
            inside = self._level(0)
            assert not isinstance(quantile, dict)
            assert isinstance(inside, dict)
            found = _quantiles(quantile, inside)
        self._take(")")
        return found

    def _change(self, name: str, *, is_rate: bool) -> Vector:
        matches = self._matches(name)
        window = seconds(self._next().strip("[]"))
        found: Vector = {}
        for labels, samples in self._series.items():
            inside = [sample for sample in samples if self._now - window <= sample[0] <= self._now]
            if matches(labels) and len(inside) > 1:
                passed = inside[-1][0] - inside[0][0]
                # a counter that falls has begun anew
                grown = sum(new - old if new >= old else new for (_, old), (_, new) in pairwise(inside))
                found[_unnamed(labels)] = grown / passed if is_rate else grown * window / passed
        return found

    def _select(self, name: str) -> Vector:
        matches = self._matches(name)
        return {
            _unnamed(labels): recent[-1]
            for labels, samples in self._series.items()
            if matches(labels)
            and (recent := [value for at, value in samples if self._now - _LOOK_BACK_S < at <= self._now])
        }

    def _matches(self, name: str) -> Callable[[Labels], bool]:
        wanted: list[tuple[str, str, str]] = []
        if self._peek() == "{":
            self._take("{")
            while self._peek() != "}":
                wanted.append((self._next(), self._next(), self._next().strip('"')))
                if self._peek() == ",":
                    self._take(",")
            self._take("}")
        return lambda labels: (NAME, name) in labels and all(_fits(dict(labels), *each) for each in wanted)

    def _by(self) -> frozenset[str]:
        found: set[str] = set()
        if self._peek() == "by":
            self._take("by")
            self._take("(")
            while self._peek() != ")":
                found.add(self._next())
                if self._peek() == ",":
                    self._take(",")
            self._take(")")
        return frozenset(found)

    def _peek(self) -> str:
        return self._tokens[self._at][1] if self._at < len(self._tokens) else ""

    def _next(self) -> str:
        self._at += 1
        return self._tokens[self._at - 1][1]

    def _take(self, text: str) -> None:
        found = self._next()
        assert found == text, f"{found!r} instead of {text!r}"


def _fits(labels: Mapping[str, str], label: str, operator: str, value: str) -> bool:
    has = labels.get(label, "")
    if operator in {"=~", "!~"}:
        return (re.fullmatch(value, has) is not None) is (operator == "=~")
    return (has == value) is (operator == "=")


def _unnamed(labels: Labels) -> Labels:
    return frozenset(each for each in labels if each[0] != NAME)


def _join(operator: str, left: Vector | float, right: Vector | float) -> Vector | float:
    """Join two numbers, a vector with a number, or two vectors label by label; a comparison keeps what is true."""
    if not isinstance(left, dict):
        assert not isinstance(right, dict), "a number stands to the right of a vector"
        return _COMPUTE[operator](left, right)
    if isinstance(right, dict):
        pairs = {labels: (value, right[labels]) for labels, value in left.items() if labels in right}
    else:
        pairs = {labels: (value, right) for labels, value in left.items()}
    if operator in _COMPARE:
        return {labels: a for labels, (a, b) in pairs.items() if _COMPARE[operator](a, b)}
    return {labels: _COMPUTE[operator](a, b) for labels, (a, b) in pairs.items()}


def _aggregate(function: Callable[[Sequence[float]], float], by: frozenset[str], inside: Vector) -> Vector:
    groups: defaultdict[Labels, list[float]] = defaultdict(list)
    for labels, value in inside.items():
        groups[frozenset(each for each in labels if each[0] in by)].append(value)
    return {labels: function(values) for labels, values in groups.items()}


def _quantiles(quantile: float, inside: Vector) -> Vector:
    groups: defaultdict[Labels, list[tuple[float, float]]] = defaultdict(list)
    for labels, count in inside.items():
        bound = dict(labels)["le"]
        groups[frozenset(each for each in labels if each[0] != "le")].append((float(bound), count))
    return {labels: _quantile(quantile, sorted(buckets)) for labels, buckets in groups.items()}


def _quantile(quantile: float, buckets: Sequence[tuple[float, float]]) -> float:
    """Interpolate within the bucket that holds the rank, as Prometheus does."""
    rank = quantile * buckets[-1][1]
    lower, below = 0.0, 0.0
    for bound, count in buckets:
        if count >= rank and count > below:
            return lower if math.isinf(bound) else lower + (bound - lower) * (rank - below) / (count - below)
        lower, below = bound, count
    return math.nan
