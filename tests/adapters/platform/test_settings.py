"""Settings come from a file and the environment, and a mistake in either is told in one line that names the place."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec
import pytest

from adapters.platform.secret import Secret
from adapters.platform.settings import BrokenSetting, LimitsSettings, Settings, load_settings

LONG = "a-secret-of-more-than-32-characters"
KEYS = msgspec.json.encode([{"kid": "one", "secret": LONG}]).decode()
GOOD = {"DATABASE_URL": "postgresql://u:hush@h/d", "REDIS_URL": "redis://h", "TAPEDECK_AUTH__KEYS": KEYS}


def test_the_environment_alone_is_enough() -> None:
    settings = load_settings({**GOOD, "TAPEDECK_HTTP__PORT": "9000", "UNRELATED": "1"})
    assert settings.database.url.reveal() == "postgresql://u:hush@h/d"
    assert settings.http.port == 9000
    assert settings.auth.keys[0].secret == Secret(LONG)


def test_the_environment_wins_over_the_file_and_our_name_over_the_common_one(tmp_path: Path) -> None:
    file = tmp_path / "tapedeck.toml"
    file.write_text('[http]\nport = 8500\nhost = "::1"\n[database]\nurl = "postgresql://file"\n')
    settings = load_settings(
        {
            **GOOD,
            "TAPEDECK_CONFIG": str(file),
            "TAPEDECK_HTTP__PORT": "9000",
            "TAPEDECK_DATABASE__URL": "postgresql://ours",
        }
    )
    assert (settings.http.host, settings.http.port) == ("::1", 9000)
    assert settings.database.url == Secret("postgresql://ours")


@pytest.mark.parametrize(
    ("change", "names"),
    [
        ({"TAPEDECK_HTTP__PORT": "80a"}, "http.port"),
        ({"TAPEDECK_HTTP__PORT": "70000"}, "http.port"),
        ({"TAPEDECK_HTTP__PRT": "1"}, "prt"),
        ({"TAPEDECK_NONSENSE__PORT": "1"}, "nonsense"),
        ({"TAPEDECK_PORT": "1"}, "TAPEDECK_PORT"),
        ({"DATABASE_URL": ""}, "database"),
        ({"TAPEDECK_AUTH__KEYS": "[]"}, "auth"),
        ({"TAPEDECK_AUTH__KEYS": "[{"}, "TAPEDECK_AUTH__KEYS"),
        ({"TAPEDECK_AUTH__KEYS": '[{"kid": "one", "secret": "short"}]'}, "'one'"),
        ({"TAPEDECK_AUTH__HASH": '{"kind": "md5"}'}, "auth.hash.kind"),
        ({"TAPEDECK_LIMITS__TIER": "gold"}, "gold"),
        ({"TAPEDECK_LIMITS__ORGANISATIONS": '{"0192f0c1-5b7a-7c3e-8d1f-2a4b6c8d0e1f": "gold"}'}, "gold"),
        ({"TAPEDECK_LIMITS__ROUTES": '{"GET /api/v1/trades": 0}'}, "limits.routes"),
        ({"TAPEDECK_HTTP__TRUSTED_HOPS": "-1"}, "http.trusted_hops"),
        ({"TAPEDECK_CONFIG": "nowhere.toml"}, "nowhere.toml"),
    ],
)
def test_a_mistake_is_told_in_one_line_that_names_the_place(change: Mapping[str, str], names: str) -> None:
    with pytest.raises(BrokenSetting) as told:
        load_settings({**GOOD, **change})
    assert names in str(told.value)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("text", ["port =", "[http\n", '[http]\nport = "x"\nport = 1', "http = 5\n"])
def test_a_file_that_is_not_what_it_should_be_is_told_in_one_line(tmp_path: Path, text: str) -> None:
    file = tmp_path / "tapedeck.toml"
    file.write_text(text)
    with pytest.raises(BrokenSetting) as told:
        load_settings({**GOOD, "TAPEDECK_CONFIG": str(file), "TAPEDECK_HTTP__HOST": "::1"})
    assert "\n" not in str(told.value)


def test_no_secret_is_in_what_settings_show_of_themselves() -> None:
    settings: Settings = load_settings(GOOD)
    for shown in (repr(settings), str(settings), f"{settings.database.url}", f"{settings.auth.keys[0].secret!r}"):
        assert "hush" not in shown
        assert LONG not in shown


def test_every_tier_lets_the_market_be_asked_for_the_same_share_of_its_reads() -> None:
    """Of each hundred 100 quotes, 30 histories, 5 batches, 60 of the others; a tier of one's own says so itself."""
    limits = {"tiers": {"club": {"read": 7, "write": 2, "heavy": 3, "sign_in": 4, "routes": {"GET /api/v1/news": 5}}}}
    tiers = msgspec.convert(limits, LimitsSettings).all_tiers
    assert tiers["free"].routes["GET /api/v1/quotes/{symbol}"] == 100
    assert tiers["free"].routes["GET /api/v1/history/{symbol}"] == 30
    assert tiers["free"].routes["GET /api/v1/sentiment"] == 60
    # twenty parts each, so that nobody has more quotes by it than one by one
    assert tiers["free"].routes["POST /api/v1/market/batch"] == 5
    for name in ("premium", "self_hosted"):
        times = tiers[name].read // tiers["free"].read
        assert tiers[name].routes == {route: times * limit for route, limit in tiers["free"].routes.items()}
    assert tiers["club"].routes == {"GET /api/v1/news": 5}


def test_tiers_add_to_the_built_in_ones() -> None:
    own = '{"club": {"read": 5, "write": 4, "heavy": 3, "sign_in": 2}}'
    limits = load_settings({**GOOD, "TAPEDECK_LIMITS__TIERS": own, "TAPEDECK_LIMITS__TIER": "club"}).limits
    assert limits.all_tiers["club"].heavy == 3
    assert (limits.all_tiers["free"].read, limits.all_tiers["premium"].read) == (100, 1000)
