"""Files as the European Central Bank writes them, made small: another form of dates in each, a hole, a last comma."""

from __future__ import annotations

import io
import zipfile

LAST = (
    b"Date, USD, JPY, GBP, INR, \n"
    b"13 April 2026, 1.1684, 186.75, 0.87058, 109.0470, \n"
)  # fmt: skip

HISTORY = b"""Date,USD,JPY,GBP,RUB,
2020-09-02,1.1861,125.95,0.89040,N/A,
2020-09-01,1.1987,126.95,0.89518,88.1,
2020-08-31,1.1940,126.47,0.89605,88.6,
"""


def zipped(text: bytes, name: str = "eurofxref.csv") -> bytes:
    """Return the archive with one file."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, text)
    return packed.getvalue()
