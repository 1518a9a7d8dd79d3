"""Whatever schemathesis makes of the description, the application keeps to it."""

from __future__ import annotations

import os

import pytest

from bootstrap import build
from entrypoints.http.app import create_app
from tests.openapi.fuzzing import fuzz
from tests.profiles import DEEP
from tests.served import settings_for

REFUSALS = ("400", "401", "403", "404", "405", "406", "409", "415", "422", "428", "429")
IS_DEEP = os.environ.get("TAPEDECK_TEST_PROFILE") == DEEP


@pytest.mark.filterwarnings("ignore:Generating overly large repr")  # bulk requests are large
def test_schemathesis_finds_nothing(database_url: str, redis_server: str) -> None:
    """All checks, all phases, every operation; of the well-formed mutations enough are accepted."""
    config: dict[str, object] = {
        "seed": 20261121,
        "generation": {"max-examples": 200 if IS_DEEP else 6, "database": "none"},
        "phases": {
            # a quick run leaves the borders to tests/hostile
            "coverage": {"enabled": IS_DEEP},
            "stateful": {"max-steps": 10 if IS_DEEP else 5},
        },
        "checks": {
            # ours are more exact than schemathesis expects: what is too large, too long or of another version says so
            "negative_data_rejection": {"expected-statuses": [*REFUSALS, "408", "412", "413", "414", "431"]},
            "missing_required_header": {"expected-statuses": [*REFUSALS]},
        },
    }
    findings = fuzz(create_app(build(settings_for(database_url, redis_server))), config)
    assert findings.failures == {}, findings.report()
    assert findings.errors == []
    assert sum(findings.answers.values()) > 500
    assert findings.accepted >= (0.4 if IS_DEEP else 0.3), sorted(findings.answers.items())
