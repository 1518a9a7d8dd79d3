"""What goes over the wire for queries of trades: filters as a tree of conditions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, TypeAlias
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType, field

from application.ledger.trade_filter import (
    MAX_CHOICES,
    MAX_CONDITIONS,
    MAX_DEPTH,
    MAX_TEXT,
    AllOf,
    AnyOf,
    Condition,
    Filter,
    Kind,
    Negation,
    Operator,
    TradeField,
    TradeQuery,
    Value,
    choices_of,
    kind_of,
    require_operator,
)
from application.ledger.wanted import TradeSort
from application.shared.pages import DEFAULT_LIMIT, MAX_LIMIT, PageRequest
from domain.shared.errors import Invalid
from entrypoints.http.types import to_date, to_decimal, to_instant

_Text: TypeAlias = Annotated[str, Meta(max_length=MAX_TEXT)]
_Count: TypeAlias = Annotated[int, Meta(ge=0, le=2**63 - 1)]
_Value: TypeAlias = _Text | bool | _Count | Annotated[list[_Text], Meta(min_length=1, max_length=MAX_CHOICES)]
_WHOLE = "A filter is exactly one of: {field, operator, value}, {and: [...]}, {or: [...]}, {not: {...}}."


class FilterRequest(Struct, forbid_unknown_fields=True, rename="camel", kw_only=True):
    """Exactly one of a condition (`field`, `operator`, `value`), `and`, `or` or `not`."""

    all_of: Annotated[list[FilterRequest], Meta(min_length=1, max_length=MAX_CONDITIONS)] | UnsetType = field(
        default=UNSET, name="and"
    )
    any_of: Annotated[list[FilterRequest], Meta(min_length=1, max_length=MAX_CONDITIONS)] | UnsetType = field(
        default=UNSET, name="or"
    )
    negated: FilterRequest | UnsetType = field(default=UNSET, name="not")
    field: TradeField | UnsetType = UNSET
    operator: Operator | UnsetType = UNSET
    value: _Value | UnsetType = UNSET

    def to_filter(self, path: str = "filter") -> Filter:
        """Return the filter; raise Invalid, naming the place, for what is none."""
        parts = (self.all_of, self.any_of, self.negated)
        of_condition = (self.field, self.operator, self.value)
        kinds = [part for part in parts if part is not UNSET]
        is_condition = any(part is not UNSET for part in of_condition)
        if len(kinds) + is_condition != 1:
            raise Invalid(_WHOLE, field=path)
        if self.all_of is not UNSET:
            return AllOf(_filters(self.all_of, f"{path}.and"))
        if self.any_of is not UNSET:
            return AnyOf(_filters(self.any_of, f"{path}.or"))
        if self.negated is not UNSET:
            return Negation(self.negated.to_filter(f"{path}.not"))
        return self._to_condition(path)

    def _to_condition(self, path: str) -> Condition:
        if self.field is UNSET or self.operator is UNSET or self.value is UNSET:
            raise Invalid(_WHOLE, field=path)
        try:
            return Condition(self.field, self.operator, _value(self.field, self.operator, self.value, path))
        except Invalid as error:
            place = error.details.get("field")
            raise Invalid(error.message, field=place if str(place).startswith(path) else f"{path}.{place}") from error


class QueryTradesRequest(Struct, forbid_unknown_fields=True, rename="camel", kw_only=True):
    """Which trades are wanted, in which order, and which page of them."""

    filter: Annotated[
        FilterRequest,
        Meta(
            description=f"At most {MAX_DEPTH} levels deep, with at most {MAX_CONDITIONS} conditions.",
            examples=[
                {
                    "and": [
                        {"field": "symbol", "operator": "eq", "value": "INFY"},
                        {"or": [{"field": "quantity", "operator": "gte", "value": "10"}]},
                        {"not": {"field": "tags", "operator": "contains", "value": "earnings"}},
                    ]
                }
            ],
        ),
    ]
    sort: TradeSort = TradeSort.EXECUTED_AT_DESC
    include_voided: bool = False
    limit: Annotated[int, Meta(ge=1, le=MAX_LIMIT, examples=[DEFAULT_LIMIT])] = DEFAULT_LIMIT
    cursor: Annotated[
        Annotated[str, Meta(pattern="^[A-Za-z0-9_-]{1,1024}$")] | None,
        Meta(description="The `nextCursor` of the page before, asked with the same filter and order.", examples=[None]),
    ] = None

    def to_query(self) -> TradeQuery:
        """Return the query; raise Invalid for a filter that is none, or is too deep or too costly."""
        return TradeQuery(filter=self.filter.to_filter(), include_voided=self.include_voided)

    def to_page(self) -> PageRequest:
        """Return which page is wanted."""
        return PageRequest(limit=self.limit, cursor=self.cursor)


def _filters(requests: Sequence[FilterRequest], path: str) -> tuple[Filter, ...]:
    return tuple(request.to_filter(f"{path}[{number}]") for number, request in enumerate(requests))


def _value(name: TradeField, operator: Operator, value: _Value, path: str) -> Value | tuple[Value, ...]:
    require_operator(name, operator)
    place = f"{path}.value"
    if operator is Operator.IS_NULL:
        if not isinstance(value, bool):
            raise Invalid("is_null is compared with true or false.", field=place)
        return value
    if operator is Operator.IN:
        if not isinstance(value, list):
            raise Invalid(f"in compares {name} with a list of values.", field=place)
        return tuple(_single(name, item, place) for item in value)
    return _single(name, value, place)


def _single(name: TradeField, value: _Value, place: str) -> Value:
    kind = kind_of(name)
    if kind is Kind.COUNT:
        # a list holds texts only, so that `in` can take whole numbers it reads them from there
        if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= len(str(2**63)) - 1:
            return int(value)
        if isinstance(value, int) and not isinstance(value, bool):
            return value
    elif isinstance(value, str):
        return _typed(name, kind, value, place)
    raise Invalid(f"{name} is compared with {kind.value}.", field=place)


def _typed(name: TradeField, kind: Kind, text: str, place: str) -> Value:
    match kind:
        case Kind.NUMBER:
            return to_decimal(text, place)
        case Kind.INSTANT:
            return to_instant(text, place)
        case Kind.DAY:
            return to_date(text, place)
        case Kind.ID:
            return _id(text, place)
        case Kind.CHOICE if text not in choices_of(name):
            raise Invalid(f"{name} is one of {', '.join(sorted(choices_of(name)))}; got {text[:48]!r}.", field=place)
        case _ if "\x00" in text:
            raise Invalid("A text cannot contain U+0000; leave it out.", field=place)
        case _:
            return text


def _id(text: str, place: str) -> UUID:
    try:
        found = UUID(text)
    except ValueError:
        found = None
    if found is None or str(found) != text.lower():
        raise Invalid(f"An id looks like 0192f0c1-5b7a-7c3e-8d1f-2a4b6c8d0e1f; got {text[:48]!r}.", field=place)
    return found
