"""An answer as NewsAPI writes it, made small: one article, one that was taken back, one without anything optional."""

from __future__ import annotations

STORIES = b"""{"status": "ok", "totalResults": 3, "articles": [
{"source": {"id": "example", "name": "Example Times"}, "author": "A. Writer", "title": "Apple beats estimates & grows",
 "description": "Apple &amp; others <b>did well</b>.\\u202e", "url": "https://example.com/2026/apple?utm_source=x",
 "urlToImage": null, "publishedAt": "2026-03-02T18:00:00Z", "content": "Apple did... [+4500 chars]"},
{"source": {"id": null, "name": "[Removed]"}, "author": null, "title": "[Removed]", "description": "[Removed]",
 "url": "https://removed.com", "publishedAt": "1970-01-01T00:00:00Z"},
{"source": {"id": null, "name": null}, "title": "Oil falls", "description": null, "url": "javascript:alert(1)",
 "publishedAt": "2026-03-09T10:00:00Z"}]}"""

NO_STORIES = b'{"status": "ok", "totalResults": 0, "articles": []}'
