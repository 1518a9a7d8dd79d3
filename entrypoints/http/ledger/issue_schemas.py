"""What goes over the wire for issues: each says what it is and what would mend it."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from application.ledger.find_issues import IssueKind, IssueView
from application.ledger.views import InstrumentView
from domain.ledger.imports.fill import is_isin
from entrypoints.http.ledger.account_schemas import InstrumentBody, instrument_body
from entrypoints.http.types import AmountText, Instant, decimal_text


class FixBody(Struct, rename="camel", kw_only=True):
    """What would mend it: in words, and the request to make."""

    text: Annotated[str, Meta(examples=["Void one of the two trades."])]
    method: Annotated[str, Meta(examples=["POST"])]
    path: Annotated[str, Meta(examples=["/api/v1/trades/0192f0c1-5b7a-7c3e-8d1f-2a4b6c8d0e1f/void"])]


class IssueBody(Struct, rename="camel", kw_only=True):
    """Something in the ledger that deserves a second look."""

    kind: IssueKind
    account_id: UUID
    instrument: InstrumentBody
    subject_id: Annotated[
        UUID, Meta(description="The trade or transfer it is about; for prices and shorts the position.")
    ]
    other_id: Annotated[UUID | None, Meta(description="The other trade, or the lot that was chosen.")]
    quantity: AmountText
    at: Annotated[Instant | None, Meta(description="When it happened; of a price, since when it is the last.")]
    message: Annotated[str, Meta(examples=["10 INFY were sold without a known purchase."])]
    fix: FixBody


def issue_body(view: IssueView) -> IssueBody:
    """Render an issue."""
    message, fix = _words(view)
    return IssueBody(
        kind=view.kind,
        account_id=view.account_id,
        instrument=instrument_body(view.instrument),
        subject_id=view.subject_id,
        other_id=view.other_id,
        quantity=decimal_text(view.quantity),
        at=view.at,
        message=message,
        fix=fix,
    )


def _words(view: IssueView) -> tuple[str, FixBody]:  # noqa: PLR0911 - an answer for each kind
    what = f"{decimal_text(view.quantity)} {view.instrument.symbol}"
    trade = f"/api/v1/trades/{view.subject_id}"
    match view.kind:
        case IssueKind.MISSING_BASIS:
            return (
                f"{what} were sold without a known purchase; what came in for them is no profit.",
                FixBody(text="Record or import the purchase that came before.", method="POST", path="/api/v1/trades"),
            )
        case IssueKind.NEGATIVE_POSITION:
            return (
                f"The account is short of {what}, though shorting is off in it.",
                FixBody(text="Record what was bought before.", method="POST", path="/api/v1/trades"),
            )
        case IssueKind.DUPLICATE_SUSPECT:
            return (
                f"Two trades of {what} agree in side, time and price but come from different sources.",
                FixBody(text="Void one of them, if they are the same fill.", method="POST", path=f"{trade}/void"),
            )
        case IssueKind.SELECTION_NOT_MET:
            return (
                f"The trade chose {what} more of a lot than that had left; the account's method filled the gap.",
                FixBody(text="Choose other lots.", method="PATCH", path=trade),
            )
        case IssueKind.PRICE_GAP:
            path = f"/api/v1/instruments/{view.instrument.id}/price"
            return (
                f"{what} have no price of the last 30 days.",
                FixBody(text="Enter what a unit is worth.", method="PUT", path=path),
            )
        case IssueKind.UNBALANCED_TRANSFER | IssueKind.TRANSFER_SELECTION_NOT_MET:
            return _words_of_transfer(view, what)
        case IssueKind.UNKNOWN_SYMBOL:
            return (
                f"{what}: {_unknown(view.instrument)}, so nobody else can tell what it is or what it is worth.",
                FixBody(
                    text="Record a symbol change into the listing that it is; a trade in that listing makes it known.",
                    method="POST",
                    path="/api/v1/corporate-actions",
                ),
            )
        case IssueKind.MENDED_POSITION:
            return (
                f"The figures of {what} were not what its trades give, and were computed anew.",
                FixBody(
                    text="Look whether what was taken from them before, such as a tax report, is still right.",
                    method="GET",
                    path=f"/api/v1/positions/{view.subject_id}",
                ),
            )


def _words_of_transfer(view: IssueView, what: str) -> tuple[str, FixBody]:
    if view.kind is IssueKind.UNBALANCED_TRANSFER:
        text = (
            "Record what the giving account had bought before, or void the transfer and record what really went. "
            "Where the receiving account is short, record what it had bought."
        )
        return (
            f"{what} of the transfer were not there to move, or met a short position.",
            FixBody(text=text, method="POST", path="/api/v1/trades"),
        )
    text = (
        "Void the transfer and record it with lots that are there, or record again what the chosen ones had. "
        "What arrived has the dates and costs of other lots."
    )
    message = (
        f"{what} of the transfer are not of the lots it chose, which had them no more; "
        "the giving account's method filled the gap."
    )
    return message, FixBody(text=text, method="POST", path=f"/api/v1/transfers/{view.subject_id}/void")


def _unknown(instrument: InstrumentView) -> str:
    """Say what of an instrument is not known."""
    if instrument.isin is not None:
        return f"the ISIN {instrument.isin} fails its check digit"
    if is_isin(instrument.symbol):
        return "the symbol is an ISIN and no symbol of an exchange"
    return f"{instrument.symbol} is named without an exchange or an ISIN"
