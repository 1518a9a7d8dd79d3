"""The formulas behind the ledger's figures, by name and version.

A version rises whenever the same inputs would give another figure, so that an old explanation can be told
from a new one.
"""

from __future__ import annotations

from domain.ledger.explanation import Formula

REALISED = Formula("realised_pnl", 1, "sum over matches of proceeds - cost")
COST = Formula("match_cost", 1, "quantity x price x multiplier + fee share")
PROCEEDS = Formula("match_proceeds", 1, "quantity x price x multiplier - fee share")
FEE_SHARE = Formula("fee_share", 1, "fee left x quantity / quantity left, half-even to 18 places; the last: all")
BASIS_SHARE = Formula("basis_share", 1, "cost left x quantity / quantity left, half-even to 18 places; the last: all")
POOL_SHARE = Formula(
    "pool_share", 1, "cost of all units held x quantity / quantity held, half-even to 18 places; the last: all"
)
UNMATCHED = Formula("unmatched_proceeds", 1, "quantity without a lot x price x multiplier - rest of the fee")
OPEN_QUANTITY = Formula("open_quantity", 1, "sum over open lots of quantity left, shorts negative")
OPEN_COST = Formula("open_cost", 1, "sum over open lots of +- quantity left x price x multiplier + fee left")
POOLED_COST = Formula("pooled_cost", 1, "+- cost of all units held + their fees")
UNREALISED = Formula("unrealised_pnl", 1, "open quantity x price x multiplier - open cost")
REALISED_TOTAL = Formula("realised_pnl_total", 1, "sum over disposals of proceeds - cost, matched parts only")
CROSS_RATE = Formula(
    "cross_rate", 1, "quote currency for one euro / base currency for one euro, half-even to 18 places"
)
CONVERTED_REALISED = Formula(
    "converted_realised_pnl", 1, "sum over matches of proceeds x rate of their day - cost x rate of its day"
)
REALISED_PRICE_EFFECT = Formula("realised_price_effect", 1, "sum over matches of (proceeds - cost) x rate(close)")
REALISED_CURRENCY_EFFECT = Formula(
    "realised_currency_effect",
    1,
    "sum over matches of cost x (rate(close) - rate(open)), for shorts of proceeds x (rate(open) - rate(close))",
)
CONVERTED_UNREALISED = Formula(
    "converted_unrealised_pnl", 1, "sum over positions of market value x rate(mark) - open cost x rates of its days"
)
UNREALISED_PRICE_EFFECT = Formula(
    "unrealised_price_effect", 1, "sum over positions of (market value - open cost) x rate(mark)"
)
UNREALISED_CURRENCY_EFFECT = Formula(
    "unrealised_currency_effect", 1, "sum over lots of open cost x (rate(mark) - rate(open))"
)
