"""The route of exchange rates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from litestar import get
from litestar.di import NamedDependency
from litestar.params import QueryParameter
from litestar.types import ControllerRouterHandler

from application.ledger.currencies.read_exchange_rate import ReadExchangeRate
from domain.ledger.exchange import RateKey
from domain.shared.access import Actor, Scope
from entrypoints.http.envelope import Success, cache_meta, success
from entrypoints.http.kept import same_for_everybody
from entrypoints.http.ledger.currency_schemas import ExchangeRateBody, exchange_rate_body
from entrypoints.http.problem import errors
from entrypoints.http.types import CurrencyText, DateText, to_currency, to_date


@get(
    "/exchange-rates",
    tags=["exchange rates"],
    responses=errors(404),
    opt=same_for_everybody(Scope.LEDGER_READ),
)
async def read_an_exchange_rate(
    actor: NamedDependency[Actor],
    read_exchange_rate: NamedDependency[ReadExchangeRate],
    base: Annotated[CurrencyText, QueryParameter(description="The currency of which one unit is told.")],
    quote: Annotated[CurrencyText, QueryParameter(description="The currency in which it is told.")],
    date: Annotated[DateText, QueryParameter(description="The day it is wanted for.")],
) -> Success[ExchangeRateBody]:
    """Read the rate that the ledger converts with: the last one on or before the day, at most seven days old.

    They are the reference rates of the European Central Bank, which quotes currencies against the euro; a rate between
    two others is the quotient of theirs. Where it has published none, the answer is `no_exchange_rate`.
    """
    key = RateKey(to_currency(base), to_currency(quote), to_date(date, "date"))
    found = await read_exchange_rate(actor, key)
    return success(exchange_rate_body(key, found.value), cache=cache_meta(found))


ROUTES: Sequence[ControllerRouterHandler] = [read_an_exchange_rate]
