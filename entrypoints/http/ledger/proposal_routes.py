"""The routes of proposals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal, TypeAlias
from uuid import UUID

from litestar import get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, JSONBody, QueryParameter
from litestar.types import ControllerRouterHandler

from application.ledger.proposals.accept_proposal import AcceptProposal
from application.ledger.proposals.dismiss_proposal import DismissProposal
from application.ledger.proposals.queries import ProposalFilter, ProposalQueries
from application.shared.pages import PageRequest
from domain.ledger.proposal import ProposalKind, ProposalState
from domain.shared.access import Actor
from domain.shared.ids import ProposalId
from entrypoints.http.envelope import Success, paged, success
from entrypoints.http.ledger.position_routes import OfAccount, OfInstrument, account_wanted, instrument_wanted
from entrypoints.http.ledger.proposal_schemas import AcceptProposalRequest, ProposalBody, proposal_body
from entrypoints.http.problem import errors

_TAGS = ["proposals"]
StateText: TypeAlias = Literal["open", "accepted", "dismissed", "all"]


async def provide_proposals_wanted(
    *,
    became: Annotated[StateText, QueryParameter(name="state", description="What became of them.")] = "open",
    kind: Annotated[ProposalKind | None, QueryParameter(description="Only of this kind.")] = None,
    account_id: OfAccount = None,
    instrument_id: OfInstrument = None,
) -> ProposalFilter:
    """Return which proposals are wanted."""
    return ProposalFilter(
        state=None if became == "all" else ProposalState(became),
        kind=kind,
        account_id=account_wanted(account_id),
        instrument_id=instrument_wanted(instrument_id),
    )


@get("/ledger/proposals", tags=_TAGS, dependencies={"wanted": Provide(provide_proposals_wanted)})
async def list_proposals(
    actor: NamedDependency[Actor],
    wanted: NamedDependency[ProposalFilter],
    page: NamedDependency[PageRequest],
    proposal_queries: NamedDependency[ProposalQueries],
) -> Success[list[ProposalBody]]:
    """List splits and dividends that the market tells of and your ledger does not, the latest day first.

    They are looked for each day after the close of the exchange, since the day on which you first held the instrument.
    None of them changes a figure by itself; while a split is open, the market's price is told in the units you hold.
    """
    return paged(await proposal_queries.proposals(actor, wanted, page), proposal_body)


@get("/ledger/proposals/{proposal_id:uuid}", tags=_TAGS)
async def read_proposal(
    proposal_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    proposal_queries: NamedDependency[ProposalQueries],
) -> Success[ProposalBody]:
    """Read a proposal, decided or not."""
    return success(proposal_body(await proposal_queries.proposal(actor, ProposalId(proposal_id))))


@post("/ledger/proposals/{proposal_id:uuid}/accept", tags=_TAGS, status_code=200, responses=errors(409))
async def accept_a_proposal(
    proposal_id: FromPath[UUID],
    data: JSONBody[AcceptProposalRequest],
    actor: NamedDependency[Actor],
    accept_proposal: NamedDependency[AcceptProposal],
) -> Success[ProposalBody]:
    """Accept a proposal: a split becomes a corporate action, a dividend a movement of cash, as if you had entered it.

    That happens once; a proposal that was decided is refused. To take it back, void what it made.
    """
    return success(proposal_body(await accept_proposal(actor, data.to_command(proposal_id))))


@post("/ledger/proposals/{proposal_id:uuid}/dismiss", tags=_TAGS, status_code=200, responses=errors(409))
async def dismiss_a_proposal(
    proposal_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    dismiss_proposal: NamedDependency[DismissProposal],
) -> Success[ProposalBody]:
    """Dismiss a proposal: it changes nothing, and is not made again."""
    return success(proposal_body(await dismiss_proposal(actor, ProposalId(proposal_id))))


ROUTES: Sequence[ControllerRouterHandler] = [
    list_proposals,
    read_proposal,
    accept_a_proposal,
    dismiss_a_proposal,
]
