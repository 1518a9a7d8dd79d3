"""A run of schemathesis over the whole description, with a user who has something to work on."""

# schemathesis leaves the types of what it generates open
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias, cast

import requests
import schemathesis
from litestar import Litestar
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema
from schemathesis.engine.recorder import ScenarioRecorder
from schemathesis.hooks import GLOBAL_HOOK_DISPATCHER
from schemathesis.python import asgi

from domain.shared.minor_units import MINOR_CODES
from entrypoints.http.jsons import Json, JsonObject
from tests.openapi.document import arr, obj
from tests.openapi.estates import KIND_OF, TRADEBOOK, mapping_request
from tests.served import PASSWORD

# schemathesis does not say what its cases hold
AnyCase: TypeAlias = "schemathesis.Case[Any]"
MUTATIONS: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})
# after these the session, or all of the user's, is over: each has a user of its own, and is 401 from then on
_FATAL: Final = ("logOutUser", "logOutUserEverywhere", "endSession", "replacePassword")
# a first price has no version yet
_VERSION_OPTIONAL: Final = frozenset({"enterPrice"})
_ABOUT_SYMBOLS: Final = (
    "readAQuote readQuotes readAHistory exportAHistory readTheGaps requestABackfill readHistories "
    "readAnFxRate readMarketBatch readMarketStatus readTheFundamentals listEarnings "
    "readNewsWithWords readNewsAboutASymbol readNewsAboutAStock readMarketSentiment"
)
# nor that days come in order, and that an action needs its subject
_ABOUT_OTHERS: Final = ("listEconomicReleases", "readCrypto")
# three of four well-formed requests are about something that exists; the fourth keeps the id it was given
_ABOUT_SOMETHING: Final = 4


@dataclass
class Findings:
    """What a run found, and how many requests of which kind were answered how."""

    failures: dict[tuple[str, str], list[str]] = field(default_factory=dict[tuple[str, str], list[str]])
    errors: list[str] = field(default_factory=list[str])
    answers: Counter[tuple[str, str, int]] = field(default_factory=Counter[tuple[str, str, int]])
    seconds: dict[str, float] = field(default_factory=dict[str, float])

    @property
    def accepted(self) -> float:
        """The share of well-formed mutating requests that were answered with 2xx."""
        of_mutations = {key: count for key, count in self.answers.items() if key[1] in MUTATIONS}
        good = sum(count for (_, _, status), count in of_mutations.items() if 200 <= status < 300)
        return good / max(1, sum(of_mutations.values()))

    def add(self, recorder: ScenarioRecorder) -> None:
        """Add a scenario."""
        for identifier, node in recorder.cases.items():
            interaction = recorder.interactions.get(identifier)
            meta = node.value.meta
            if interaction is not None and interaction.response is not None and meta is not None:
                operation = str(obj(dict(node.value.operation.definition.raw))["operationId"])
                if meta.generation.mode.is_positive:
                    status = interaction.response.status_code
                    self.answers[operation, node.value.operation.method.upper(), status] += 1
        for identifier, checks in recorder.checks.items():
            for check in checks:
                if check.failure_info is not None:
                    operation = recorder.cases[identifier].value.operation.label
                    told = f"{check.failure_info.failure.message}\n{check.failure_info.code_sample}"
                    interaction = recorder.interactions[identifier]
                    if interaction.response is not None:
                        told += f"\n{interaction.response.status_code} {interaction.response.text[:400]}"
                    self.failures.setdefault((check.name, operation), []).append(told)

    def report(self) -> str:
        """Tell everything that went wrong, one sample of each kind."""
        lines = [
            f"{check} {operation}: {len(told)} times, such as\n{told[0]}"
            for (check, operation), told in self.failures.items()
        ]
        return "\n\n".join([*self.errors, *lines])


@dataclass
class Trader:
    """A user who makes what the generated requests are about."""

    client: requests.Session
    authorization: str = ""
    kept: dict[str, str] = field(default_factory=dict[str, str])

    def sign_up(self) -> str:
        """Make a user and return the Authorization of their session."""
        body = {"email": f"trader-{secrets.token_hex(6)}@example.com", "password": PASSWORD}
        assert self.client.post("/api/v1/auth/register", json=body).ok
        answer = self.client.post("/api/v1/auth/login", json=body)
        assert answer.ok, answer.text
        return f"Bearer {obj(obj(answer.json())['data'])['accessToken']}"

    def call(self, method: str, path: str, body: Json = None, **more: str) -> JsonObject:
        """Make a request of the user; return its data."""
        headers = {"Authorization": self.authorization}
        answer = self.client.request(method, f"/api/v1{path}", json=body, headers=headers, params=more)
        assert answer.ok, (path, answer.text)
        return obj(answer.json())

    def have(self, kind: str) -> str:
        """Return the id of a thing of this kind, good for reading."""
        if kind in {"account", "other_account"} and kind in self.kept and self._is_closed(self.kept[kind]):
            # a generated request has found its id in an answer and closed it
            del self.kept[kind]
        if kind not in self.kept:
            self.kept[kind] = self.make(kind)
        return self.kept[kind]

    def _is_closed(self, account_id: str) -> bool:
        return obj(self.call("GET", f"/accounts/{account_id}")["data"])["closedAt"] is not None

    def make(self, kind: str) -> str:
        """Make a new thing of this kind and return its id."""
        if kind in {"import", "job"}:
            import_id = self._make_import()
            return import_id if kind == "import" else self._job_of(import_id)
        if kind == "session":
            return str(obj(arr(self.call("GET", "/auth/sessions")["data"])[0])["id"])
        made: dict[str, tuple[str, Callable[[], JsonObject]]] = {
            "account": ("/accounts", self._account),
            "other_account": ("/accounts", self._account),
            "cash_movement": ("/cash-movements", self._cash),
            "corporate_action": ("/corporate-actions", self._action),
            "transfer": ("/transfers", self._transfer),
            "mapping": ("/import-mappings", lambda: mapping_request(secrets.token_hex(6))),
        }
        if kind in made:
            path, body = made[kind]
            return self._made(path, body())
        return self._make_by_trading(kind)

    def _make_by_trading(self, kind: str) -> str:
        body = self._trade()
        if kind == "other_instrument":
            body["instrument"] = {**obj(body["instrument"]), "symbol": "TCS"}
        trade = obj(self.call("POST", "/trades", body)["data"])
        if kind in {"instrument", "other_instrument"}:
            return str(obj(trade["instrument"])["id"])
        if kind == "position":
            found = self.call("GET", "/positions", accountId=str(trade["accountId"]), includeClosed="true")
            return str(obj(arr(found["data"])[0])["id"])
        return str(trade["id"])

    def _made(self, path: str, body: JsonObject) -> str:
        return str(obj(self.call("POST", path, body)["data"])["id"])

    def _make_import(self) -> str:
        answer = self.client.post(
            "/api/v1/imports",
            params={"accountId": self.have("account")},
            data=TRADEBOOK.format(mark="INFY"),
            headers={"Authorization": self.authorization, "Content-Type": "text/csv"},
        )
        assert answer.ok, answer.text
        return str(obj(obj(answer.json())["data"])["id"])

    def _job_of(self, import_id: str) -> str:
        return str(obj(self.call("GET", f"/imports/{import_id}")["data"])["jobId"])

    def _account(self) -> JsonObject:
        label = f"Account {secrets.token_hex(6)}"
        return {"broker": "Broker", "label": label, "currency": "INR", "timeZone": "Asia/Kolkata"}

    def _action(self) -> JsonObject:
        return {
            "instrumentId": self.have("instrument"),
            "accountId": self.make("account"),
            "effectiveAt": "2026-01-31T09:15:00+05:30",
            "terms": {"kind": "split", "new": 2, "old": 1},
        }

    def _cash(self) -> JsonObject:
        return {
            "accountId": self.have("account"),
            "kind": "dividend",
            "amount": "100",
            "currency": "INR",
            "occurredAt": "2026-01-30T09:15:00+05:30",
        }

    def _transfer(self) -> JsonObject:
        return {
            "fromAccountId": self.have("account"),
            "toAccountId": self.have("other_account"),
            "instrumentId": self.have("instrument"),
            "quantity": "1",
            "transferredAt": "2026-01-31T09:15:00+05:30",
        }

    def _trade(self) -> JsonObject:
        return {
            "accountId": self.have("account"),
            "instrument": {"symbol": "INFY", "exchange": "NSE", "segment": "equity", "currency": "INR"},
            "side": "sell",
            "quantity": "10",
            "price": "100",
            "executedAt": "2026-01-30T09:15:00+05:30",
        }


@dataclass
class Preparer:
    """Makes well-formed requests meaningful just before they are sent; the others go out as they are."""

    trader: Trader
    count: int = 0

    def before_call(self, _context: schemathesis.HookContext, case: AnyCase, **_: object) -> None:
        """Prepare one request."""
        operation = str(case.operation.definition.raw["operationId"])
        if case.meta is None or not case.meta.generation.mode.is_positive:
            return
        # one key may name one request only, and the coverage phase sends one key with all
        if "Idempotency-Key" in case.headers:
            case.headers["Idempotency-Key"] = secrets.token_hex(16)
        self.count += 1
        if self.count % _ABOUT_SOMETHING:
            # what a request may change or end is made for it alone
            supply = self.trader.have if case.operation.method == "get" else self.trader.make
            self._point(case.path_parameters, supply)
            self._point(case.query, self.trader.have)
            self._point_in_body(case.body)
        if operation in {"followJob", "listenToTheStream"}:  # nothing will end the job, or the market
            case.query["seconds"] = 1
        # only the server can make a cursor
        case.query.pop("cursor", None)
        if isinstance(case.body, dict):
            case.body.pop("cursor", None)
            case.body = {name: _with_whole_numbers(part) for name, part in case.body.items()}
            self._obey_the_rules(case.path_parameters, case.body)
        if "If-Match" in case.headers:
            version = self._version(case)
            if version is not None:
                case.headers["If-Match"] = version
            elif operation in _VERSION_OPTIONAL:
                del case.headers["If-Match"]

    def _obey_the_rules(self, path: Mapping[str, object], body: JsonObject) -> None:
        """Keep to the rules of the domain that no schema can tell."""
        for name in ("password", "newPassword"):
            if name in body:  # it must not be easy to guess
                body[name] = f"{PASSWORD} {secrets.token_hex(4)}"
        for name in ("executedAt", "asOf", "effectiveAt", "transferredAt", "occurredAt"):
            moment = body.get(name)
            if isinstance(moment, str):  # what has not happened is not recorded
                body[name] = f"2024{moment[4:]}"
        instrument = body.get("instrument")
        if isinstance(instrument, dict) and instrument.get("currency") in MINOR_CODES:
            # a price in hundredths has two digits fewer, and a patch has one beside it
            instrument["currency"] = "GBP"
        if "lotSelection" in body:  # lots of just this account and instrument
            body["lotSelection"] = []
        settled = body.get("settlementDate")
        if isinstance(settled, str):  # not before the trade; a leap year has every date
            body["settlementDate"] = f"2032{settled[4:]}"
        if "accountId" in body and "trade_id" in path:  # a trade stays in its account
            with suppress(AssertionError):
                trade = self.trader.call("GET", f"/trades/{path['trade_id']}")
                body["accountId"] = obj(trade["data"])["accountId"]

    def _point(self, values: dict[str, object], supply: Callable[[str], str]) -> None:
        for name in values:
            if name in KIND_OF and name not in {"session_id", "proposal_id"}:  # only the market makes proposals
                values[name] = supply(KIND_OF[name])

    def _point_in_body(self, body: object) -> None:
        if isinstance(body, dict):
            for name, value in body.items():
                if name in KIND_OF and isinstance(value, str):
                    body[name] = self.trader.have(KIND_OF[name])
                else:
                    self._point_in_body(value)
        elif isinstance(body, list):
            for part in body[:3]:
                self._point_in_body(part)

    def _version(self, case: AnyCase) -> str | None:
        """Return the ETag of what the path leads to, or of the thing it begins with."""
        path = case.operation.path
        for resource in (path, path[: path.find("}") + 1] or path):
            target = resource
            for name, value in case.path_parameters.items():
                target = target.replace(f"{{{name}}}", str(value))
            answer = self.trader.client.get(target, headers={"Authorization": self.trader.authorization})
            if "ETag" in answer.headers:
                return str(answer.headers["ETag"])
        return None


def _with_whole_numbers(value: Json) -> Json:
    """Write 3.0 as 3: to a schema both are integers, to us the first is a number that was computed somewhere."""
    if isinstance(value, dict):
        return {name: _with_whole_numbers(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_with_whole_numbers(part) for part in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def fuzz(app: Litestar, config: Mapping[str, object]) -> Findings:
    """Run every phase of schemathesis over the application and return what it found."""
    findings = Findings()
    with client_of(app) as client:
        trader = Trader(client)
        trader.authorization = trader.sign_up()
        apart: list[dict[str, object]] = [
            {"include-operation-id": name, "headers": {"Authorization": trader.sign_up()}} for name in _FATAL
        ]
        # rows of any shape are within its description; where all or nothing is wanted, one bad row refuses them all
        expected = {"positive_data_acceptance": {"expected-statuses": ["2xx", "401", "403", "404", "409", "422"]}}
        apart.append({"include-operation-id": "recordManyTrades", "checks": expected})
        # which operators and values fit which field, and how deep a filter may be, no schema can tell
        apart.append({"include-operation-id": "queryTrades", "checks": expected})
        # nor that a line names an instrument, and a statement one moment
        apart.append({"include-operation-id": "reconcilePositions", "checks": expected})
        # nor which terms of an action go together
        apart.append({"include-operation-id": "recordACorporateAction", "checks": expected})
        # a tax year is named as its jurisdiction does
        years = ["readTaxReportOfAYear", "listTaxReportLines", "exportTaxReportLines"]
        apart.extend({"include-operation-id": name, "checks": expected} for name in years)
        # nor which symbols and exchanges there are, and which of them go together
        apart.extend(
            {"include-operation-id": name, "checks": expected} for name in (*_ABOUT_SYMBOLS.split(), *_ABOUT_OTHERS)
        )
        # nor that a transfer needs two accounts, which kinds of cash concern an instrument or bear tax, and what is a
        # purchase that a dividend paid for
        unruly = ("recordATransfer", "recordACashMovement", "changeCashMovement", "recordACurrencyConversion")
        apart.extend({"include-operation-id": name, "checks": expected} for name in (*unruly, "recordACashTransfer"))
        # whether a mapping fits depends on what is in the file
        apart.append({"include-operation-id": "mapAnImport", "checks": expected})
        # whether a version must be named depends on whether there is an entered price
        expected = {"positive_data_acceptance": {"expected-statuses": ["2xx", "401", "403", "404", "409", "428"]}}
        apart.append({"include-operation-id": "enterPrice", "checks": expected})
        # any bytes are a file; what is wrong with it is told by the import that it becomes
        expected = {"negative_data_rejection": {"expected-statuses": ["2xx", "4xx"]}}
        apart.append({"include-operation-id": "uploadImport", "checks": expected})
        settings = SchemathesisConfig.from_dict(
            {
                **config,
                "headers": {"Authorization": trader.authorization},
                "operations": apart,
                "continue-on-failure": True,
            }
        )
        schema = schemathesis.openapi.from_asgi("/schema/openapi.json", app, config=settings)
        with prepared(Preparer(trader)):
            for event in from_schema(schema).execute():
                if isinstance(event, events.ScenarioFinished):
                    findings.add(event.recorder)
                    phase = event.phase.name
                    findings.seconds[phase] = findings.seconds.get(phase, 0) + event.elapsed_time
                elif isinstance(event, events.NonFatalError):
                    findings.errors.append(f"{event.label}: {event.value!r}")
                elif isinstance(event, events.FatalError):
                    findings.errors.append(repr(event.exception))
    return findings


@contextmanager
def prepared(preparer: Preparer) -> Iterator[None]:
    """Let the preparer see each request of the block; schemathesis knows such hooks for the whole process only."""
    hook: Callable[..., None] = preparer.before_call
    GLOBAL_HOOK_DISPATCHER.register_hook_with_name(hook, "before_call")
    try:
        yield
    finally:
        GLOBAL_HOOK_DISPATCHER.unregister(hook)


@contextmanager
def client_of(app: Litestar) -> Iterator[requests.Session]:
    """Talk to the application in the loop that schemathesis runs it in; end its lifespan afterwards."""
    try:
        with asgi.get_client(cast("Any", app)) as client:  # one ASGI, described twice
            yield client
    finally:
        asgi.shutdown_lifespans()
