"""The route of live exchange rates."""

from __future__ import annotations

from collections.abc import Sequence

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from application.market_data.read_fx import ReadFx
from domain.shared.access import Actor, Scope
from entrypoints.http.envelope import Success, cache_meta, success
from entrypoints.http.kept import same_for_everybody
from entrypoints.http.market_data.fx_schemas import FxRateBody, fx_rate_body
from entrypoints.http.problem import errors
from entrypoints.http.types import CurrencyText, to_currency


@get("/fx/{base:str}/{quote:str}", tags=["quotes"], responses=errors(404), opt=same_for_everybody(Scope.MARKET_READ))
async def read_an_fx_rate(
    base: FromPath[CurrencyText],
    quote: FromPath[CurrencyText],
    actor: NamedDependency[Actor],
    read_fx: NamedDependency[ReadFx],
) -> Success[FxRateBody]:
    """Read what one currency is worth in another now.

    Coins are currencies too. The ledger converts with the rates of days instead: `/exchange-rates`.
    """
    found = await read_fx(actor, to_currency(base), to_currency(quote))
    return success(fx_rate_body(base, quote, found.value), cache=cache_meta(found))


ROUTES: Sequence[ControllerRouterHandler] = [read_an_fx_rate]
