"""The domain's properties run under the profile that the environment names."""

from __future__ import annotations

from tests.profiles import load_profile

load_profile()
