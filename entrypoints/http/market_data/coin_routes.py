"""The route of crypto currencies: one path for all that may be asked about them."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated

from litestar import get
from litestar.di import NamedDependency
from litestar.params import QueryParameter
from litestar.types import ControllerRouterHandler
from msgspec import Meta

from application.market_data.find_coins import FindCoins
from application.market_data.read_coin import ReadCoin
from application.market_data.read_coin_history import ReadCoinHistory
from application.market_data.read_top_coins import ReadTopCoins
from domain.shared.access import Actor, Scope
from domain.shared.errors import Invalid
from entrypoints.http.envelope import Success, cache_meta, success
from entrypoints.http.kept import same_for_everybody
from entrypoints.http.market_data.coin_schemas import (
    CryptoBody,
    FoundCoinsBody,
    OneCoinBody,
    TopCoinsBody,
    coin_body,
    coin_history_body,
    listed_coin_body,
)
from entrypoints.http.market_data.texts import CoinCurrency, CoinIdText
from entrypoints.http.problem import errors
from entrypoints.http.types import LINE_PATTERN, to_currency


class CryptoAction(StrEnum):
    """What is wanted."""

    TOP = "top"
    COIN = "coin"
    HISTORY = "history"
    SEARCH = "search"


@get("/crypto", tags=["crypto"], responses=errors(404), opt=same_for_everybody(Scope.MARKET_READ))
async def read_crypto(
    *,
    actor: NamedDependency[Actor],
    read_top_coins: NamedDependency[ReadTopCoins],
    read_coin: NamedDependency[ReadCoin],
    read_coin_history: NamedDependency[ReadCoinHistory],
    find_coins: NamedDependency[FindCoins],
    action: Annotated[
        CryptoAction | None,
        QueryParameter(description="Without it, `query` is searched for, `id` is told, or else what is worth most."),
    ] = None,
    coin_id: Annotated[
        CoinIdText | None, QueryParameter(name="id", description="Which coin, for `coin` and `history`.")
    ] = None,
    words: Annotated[
        Annotated[str, Meta(min_length=1, max_length=100, pattern=LINE_PATTERN, examples=["bitcoin"])] | None,
        QueryParameter(name="query", description="Letters or words to search for."),
    ] = None,
    vs_currency: Annotated[CoinCurrency, QueryParameter(description="What prices are in.")] = "usd",
    days: Annotated[
        Annotated[int, Meta(ge=1, le=3650, examples=[30])], QueryParameter(description="How far a history goes back.")
    ] = 30,
    limit: Annotated[
        Annotated[int, Meta(ge=1, le=250, examples=[20])], QueryParameter(description="How many coins at most.")
    ] = 20,
) -> Success[CryptoBody]:
    """Read what crypto currencies cost: those worth most, one, or its history; or find them by name.

    Coins go by ids, as many share a symbol; a search tells them. What was asked for comes back as `action`.
    """
    currency = to_currency(vs_currency.upper())
    match action or _action(coin_id, words):
        case CryptoAction.SEARCH:
            found = await find_coins(actor, _needed(words, "query"), limit)
            return success(
                FoundCoinsBody(coins=[listed_coin_body(each) for each in found.value]), cache=cache_meta(found)
            )
        case CryptoAction.HISTORY:
            history = await read_coin_history(actor, _needed(coin_id, "id"), currency, days)
            return success(coin_history_body(history.value), cache=cache_meta(history))
        case CryptoAction.COIN:
            coin = await read_coin(actor, _needed(coin_id, "id"), currency)
            return success(OneCoinBody(coin=coin_body(coin.value)), cache=cache_meta(coin))
        case CryptoAction.TOP:
            top = await read_top_coins(actor, currency, limit)
            return success(TopCoinsBody(coins=[coin_body(each) for each in top.value]), cache=cache_meta(top))


def _action(coin_id: str | None, words: str | None) -> CryptoAction:
    if words is not None:
        return CryptoAction.SEARCH
    return CryptoAction.TOP if coin_id is None else CryptoAction.COIN


def _needed(value: str | None, field: str) -> str:
    if value is None:
        raise Invalid(f"This action needs {field!r}.", field=field)
    return value


ROUTES: Sequence[ControllerRouterHandler] = [read_crypto]
