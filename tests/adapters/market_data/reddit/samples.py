"""Answers as Reddit writes them, made small: a post, one that was removed, and a thing that is no post."""

from __future__ import annotations

TOKEN = b'{"access_token": "abc-123", "token_type": "bearer", "expires_in": 3600, "scope": "*"}'

POSTS = b"""{"kind": "Listing", "data": {"after": "t3_b", "before": null, "children": [
{"kind": "t3", "data": {"name": "t3_a", "title": "$AAPL & <friends> to the moon",
 "selftext": "Also $BRK.B\\n\\n\\n\\nsee",
 "permalink": "/r/stocks/comments/a/to_the_moon/", "author": "someone", "subreddit": "stocks", "score": 12,
 "created_utc": 1772476200.0, "removed_by_category": null}},
{"kind": "t3", "data": {"name": "t3_b", "title": "Gone", "selftext": "[removed]", "created_utc": 1772476100.0,
 "removed_by_category": "moderator"}},
{"kind": "more", "data": {"count": 3}}]}}"""

NO_POSTS = b'{"kind": "Listing", "data": {"after": null, "children": []}}'
