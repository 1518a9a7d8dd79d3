"""A trader imports files over the API: what they see at each step."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from tests.contracts.imports.desk import fill, tradebook
from tests.journeys.imports_api import CSV, Importer, counted, work
from tests.journeys.ledger_api import open_ledger
from tests.served import RegisterUser, Served
from tests.workbooks import inline, workbook

pytestmark = pytest.mark.anyio

# real exports, where this checkout has a folder of them beside it
_FOLDER = Path(__file__).parents[3] / "shared" / "fixtures" / "broker-csv"
EXPORTS = [pytest.param(path.read_bytes(), id=path.name) for path in sorted(_FOLDER.glob("zerodha*.csv"))]
MAPPING = {
    "name": "My broker",
    "columns": {
        "symbol": "Ticker",
        "side": "Action",
        "quantity": "Shares",
        "price": "Price",
        "executedAt": "When",
        "currency": "Ccy",
    },
    "fees": {"brokerage": "Commission"},
    "dateOrder": "day_first",
    "numbers": "decimal_comma_point_thousands",
    "sides": {"Kauf": "buy", "Verkauf": "sell"},
    "timeZone": "Europe/Berlin",
    "defaultExchange": "XETR",
    "defaultSegment": "equity",
    "defaultCurrency": "EUR",
}
GENERIC = (
    b"Report of 2024;;;;;;\n\n"
    b"Ticker;Action;Shares;Price;When;Ccy;Commission\n"
    b"SAP;Kauf;1.000;120,50;02.01.2024 10:00:00;EUR;4,90\n"
    b"SAP;Kauf;1.000;120,50;02.01.2024 10:00:00;EUR;4,90\n"
    b"SAP;Verkauf;500;121;03.01.2024 10:00:00;EUR;\n"
)


@pytest.fixture
async def importer(client: httpx.AsyncClient, served: Served, register_user: RegisterUser) -> Importer:
    """A trader with an account."""
    return Importer(await open_ledger(client, await register_user(client)), served.app)


async def test_a_tradebook_is_looked_at_committed_and_undone(importer: Importer) -> None:
    """Each step says what it did; positions follow."""
    bad = fill(3).replace("buy", "transfer")
    received = await importer.upload(tradebook(fill(1), fill(2), bad), fileName="eq.csv")
    assert (received["state"], received["format"], received["file"]["name"]) == ("received", "zerodha", "eq.csv")
    await work(importer.app)
    preview = await importer.read(received["id"])
    assert (preview["state"], counted(preview)) == ("previewed", {"ready": 2, "bad": 1})
    (row,) = await importer.rows(received["id"], verdict="bad")
    assert (row["line"], row["problem"]["column"]) == (4, "trade_type")
    assert "transfer" in row["problem"]["reason"]
    done = await importer.act(received["id"], "commit")
    assert (done["state"], counted(done)) == ("committed", {"imported": 2, "bad": 1})
    assert (await importer.ledger.only("/positions"))["quantity"] == "20"
    assert len(await importer.ledger.get("/trades", importId=received["id"])) == 2
    undone = await importer.act(received["id"], "undo")
    assert (undone["state"], counted(undone)) == ("undone", {"undone": 2, "bad": 1})
    assert await importer.ledger.get("/trades") == []


async def test_a_generic_file_is_read_with_a_saved_mapping(importer: Importer) -> None:
    """An unknown file waits for a mapping; a saved one recognises such files from then on."""
    waiting = await importer.upload(GENERIC)
    assert (waiting["state"], waiting["layout"]["delimiter"], waiting["layout"]["headerLine"]) == (
        "needs_mapping",
        ";",
        3,
    )
    saved = await importer.ledger.request("POST", "/import-mappings", json=MAPPING, expect=201)
    mapping_id = saved.json()["data"]["id"]
    await importer.ledger.request(
        "PUT", f"/imports/{waiting['id']}/mapping", json={"mappingId": mapping_id}, expect=428
    )
    await importer.ledger.request(
        "PUT",
        f"/imports/{waiting['id']}/mapping",
        match=waiting["version"],
        json={"mappingId": mapping_id},
        expect=202,
    )
    await work(importer.app)
    done = await importer.act(waiting["id"], "commit")
    assert counted(done) == {"imported": 3}
    position = await importer.ledger.only("/positions")
    assert (position["quantity"], position["instrument"]["exchange"]) == ("1500", "XETR")
    trade = (await importer.ledger.get("/trades", sort="executedAt"))[0]
    assert (trade["executedAt"], trade["fees"]["brokerage"]) == ("2024-01-02T09:00:00Z", "4.9")
    again = await importer.preview(GENERIC)
    assert (again["format"], again["mappingId"], counted(again)) == ("generic_csv", mapping_id, {"duplicate": 3})


async def test_mappings_are_kept_changed_and_deleted(importer: Importer) -> None:
    """A mapping has a version; its name is unique; what was saved comes back."""
    created = await importer.ledger.request("POST", "/import-mappings", json=MAPPING, expect=201)
    body = created.json()["data"]
    assert {name: body[name] for name in ("name", "columns", "fees", "sides")} == {
        name: MAPPING[name] for name in ("name", "columns", "fees", "sides")
    }
    await importer.ledger.request("POST", "/import-mappings", json=MAPPING, expect=409)
    path = f"/import-mappings/{body['id']}"
    await importer.ledger.request("PUT", path, json=MAPPING | {"name": "Other"}, match=7, expect=412)
    await importer.ledger.request("PUT", path, json=MAPPING | {"name": "Other"}, match=1, expect=200)
    assert [row["name"] for row in await importer.ledger.get("/import-mappings")] == ["Other"]
    await importer.ledger.request("DELETE", path, match=2, expect=204)
    await importer.ledger.request("GET", path, expect=404)


async def test_a_file_can_come_as_a_form(importer: Importer) -> None:
    """The part `file` is the file; its name is taken over without its folders."""
    response = await importer.ledger.request(
        "POST",
        f"/imports?accountId={importer.ledger.account_id}",
        files={"file": ("C:\\books\\eq.csv", tradebook(fill(1)), "text/csv")},
        expect=202,
    )
    received = response.json()["data"]
    assert (received["file"]["name"], received["format"]) == ("eq.csv", "zerodha")


async def test_a_file_that_is_no_tradebook_fails_with_a_reason(importer: Importer) -> None:
    """Whatever the bytes are, the answer is quick and says what to do."""
    for content, reason in (
        (b"PK\x03\x04" + bytes(100), "Excel"),
        (b"", "No header"),
        (bytes(range(256)) * 100, "No header"),
        (b"x" * 1_000_000, "No header"),
        (b"\xff\xfe\x00\xd8a", "UTF-16"),
    ):
        failed = await importer.upload(content)
        assert failed["state"] == "failed"
        assert reason in failed["failure"]
        discarded = await importer.ledger.request("POST", f"/imports/{failed['id']}/discard", expect=200)
        assert discarded.json()["data"]["state"] == "discarded"


@pytest.mark.parametrize(
    ("headers", "content", "status"),
    [
        ({"Content-Type": "image/png"}, b"{}", 415),
        ({"Content-Type": "text/csv", "Content-Encoding": "gzip"}, b"x", 415),
        ({"Content-Type": "multipart/form-data"}, b"x", 415),
        ({"Content-Type": "multipart/form-data; boundary=b"}, b"x", 400),
        ({"Content-Type": "multipart/form-data; boundary=b"}, b"--b\r\nbroken", 400),
        ({"Content-Type": "multipart/form-data; boundary=b"}, b"--b--\r\n", 422),
        (
            {"Content-Type": "multipart/form-data; boundary=b"},
            b'--b\r\nContent-Disposition: form-data; name="other"\r\n\r\nx\r\n--b--\r\n',
            422,
        ),
        ({"Content-Type": "text/csv", "Content-Length": "60000000"}, b"x", 413),
    ],
)
async def test_a_body_that_cannot_be_taken_in_is_refused(
    importer: Importer, headers: dict[str, str], content: bytes, status: int
) -> None:
    """Nothing of it is stored."""
    response = await importer.ledger.client.post(
        f"/api/v1/imports?accountId={importer.ledger.account_id}",
        content=content,
        headers={**importer.ledger.headers, **headers},
    )
    assert response.status_code == status, response.text
    assert await importer.ledger.get("/imports") == []


async def test_an_upload_under_a_key_happens_once(importer: Importer) -> None:
    """The second request gets the first one's answer."""
    path = f"/imports?accountId={importer.ledger.account_id}"
    headers = {**importer.ledger.headers, **CSV, "Idempotency-Key": "upload-1"}
    answers = [
        await importer.ledger.client.post(f"/api/v1{path}", content=tradebook(fill(1)), headers=headers)
        for _ in range(2)
    ]
    assert answers[0].json() == answers[1].json()
    assert len(await importer.ledger.get("/imports")) == 1


async def test_another_trader_sees_nothing(
    importer: Importer, client: httpx.AsyncClient, register_user: RegisterUser
) -> None:
    """An import, its rows and mappings of somebody else look like ones that do not exist."""
    done = await importer.bring_in(tradebook(fill(1)))
    stranger = Importer(await open_ledger(client, await register_user(client)), importer.app)
    for path in (f"/imports/{done['id']}", f"/imports/{done['id']}/rows"):
        await stranger.ledger.request("GET", path, expect=404)
    for verb in ("commit", "undo", "discard"):
        await stranger.ledger.request("POST", f"/imports/{done['id']}/{verb}", expect=404)
    assert await stranger.ledger.get("/imports") == []
    upload = await stranger.ledger.client.post(
        f"/api/v1/imports?accountId={importer.ledger.account_id}",
        content=tradebook(fill(2)),
        headers={**stranger.ledger.headers, **CSV},
    )
    assert upload.status_code == 404


@pytest.mark.parametrize("content", EXPORTS)
async def test_a_real_export_imports_once_and_undoes(importer: Importer, content: bytes) -> None:
    """All good rows come in, nothing doubles, bad rows say where and why, and an undo leaves nothing."""
    first = await importer.bring_in(content)
    counts = counted(first)
    assert counts["imported"] + counts.get("bad", 0) == sum(counts.values())
    for row in await importer.rows(first["id"], verdict="bad"):
        assert row["line"] > 1
        assert row["problem"]["column"]
        assert row["problem"]["reason"]
    second = await importer.bring_in(content)
    assert counted(second) == {"duplicate": counts["imported"], "bad": counts.get("bad", 0)}
    assert len(await importer.ledger.get("/trades", limit=500)) == counts["imported"]
    undone = await importer.act(first["id"], "undo")
    assert counted(undone)["undone"] == counts["imported"]
    assert await importer.ledger.get("/trades") == []


async def test_a_workbook_is_read_like_its_csv(importer: Importer) -> None:
    """The same rows, also below a preamble; the CSV of it is known afterwards."""
    content = tradebook(fill(1), fill(2, "sell", "5"))
    cells = [line.split(",") for line in content.decode().splitlines()]
    book = workbook({"Equity": inline([["Tradebook"], [], *cells])})
    preview = await importer.preview(book)
    assert (preview["format"], counted(preview)) == ("zerodha", {"ready": 2})
    assert (preview["file"]["size"], preview["layout"]["headerLine"]) == (len(book), 3)
    assert preview["bytesRead"] == preview["bytesToRead"]
    assert counted(await importer.act(preview["id"], "commit")) == {"imported": 2}
    assert counted(await importer.preview(content)) == {"duplicate": 2}


async def test_a_workbook_of_ones_own_is_read_with_a_mapping(importer: Importer) -> None:
    """Its rows wait for a mapping like those of a CSV."""
    cells = [line.split(";") for line in GENERIC.decode().splitlines()]
    waiting = await importer.upload(workbook({"Sheet1": inline(cells)}))
    assert waiting["state"] == "needs_mapping"
    mapping = (await importer.ledger.request("POST", "/import-mappings", json=MAPPING, expect=201)).json()["data"]
    path = f"/imports/{waiting['id']}/mapping"
    await importer.ledger.request("PUT", path, json={"mappingId": mapping["id"]}, match=1, expect=202)
    await work(importer.app)
    assert counted(await importer.read(waiting["id"])) == {"ready": 3}


FLEX = b"""<FlexQueryResponse><FlexStatements count="1"><FlexStatement accountId="U1"><Trades>
<Trade currency="USD" assetCategory="STK" symbol="ABC" isin="US0378331005" multiplier="1" buySell="BUY" quantity="10"
 tradePrice="5.5" tradeID="77" dateTime="20240304;093000" ibCommission="-1.25" ibCommissionCurrency="USD"/>
<Trade currency="USD" assetCategory="STK" symbol="ABC" isin="US0378331005" multiplier="1" buySell="SELL" quantity="-4"
 tradePrice="6" tradeID="78" dateTime="20240305;093000" ibCommission="-1" ibCommissionCurrency="USD"/>
<Trade currency="USD" assetCategory="STK" symbol="ABC" buySell="HOLD" quantity="1" dateTime="20240305;093000"/>
<Order/></Trades></FlexStatement></FlexStatements></FlexQueryResponse>"""


async def test_a_flex_query_is_imported_once_and_undone(importer: Importer) -> None:
    """What is imported, what is ignored and what is bad is all there, with its line."""
    preview = await importer.preview(FLEX)
    assert (preview["format"], preview["layout"]["shape"]) == ("ib_flex", "xml")
    assert counted(preview) == {"ready": 2, "bad": 1, "ignored": 1}
    (ignored,) = await importer.rows(preview["id"], verdict="ignored")
    assert ignored["problem"]["reason"].startswith("1 x Order")
    (bad,) = await importer.rows(preview["id"], verdict="bad")
    assert (bad["line"], bad["problem"]["column"]) == (6, "buySell")
    assert counted(await importer.act(preview["id"], "commit")) == {"imported": 2, "bad": 1, "ignored": 1}
    assert counted(await importer.preview(FLEX)) == {"duplicate": 2, "bad": 1, "ignored": 1}
    assert counted(await importer.act(preview["id"], "undo")) == {"undone": 2, "bad": 1, "ignored": 1}
    assert counted(await importer.bring_in(FLEX)) == {"imported": 2, "bad": 1, "ignored": 1}


async def test_xml_and_json_that_nobody_reads_fail_with_a_reason(importer: Importer) -> None:
    """At once if their beginning tells, else when they have been read; nothing of them is kept."""
    for content, reason in (
        (b"<html></html>", "'html'"),
        (b'{"a": 1}', "members a"),
        (b"<!DOCTYPE x><FlexQueryResponse/>", "document type"),
    ):
        failed = await importer.upload(content)
        assert (failed["state"], reason in failed["failure"]) == ("failed", True)
    broken = await importer.preview(FLEX.replace(b"</Trades>", b"</Trade>"))
    assert (broken["state"], counted(broken)) == ("failed", {})
    assert "not well-formed XML on line 7" in broken["failure"]
