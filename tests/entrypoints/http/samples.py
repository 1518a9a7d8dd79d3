"""Requests and answers that several tests share."""

from __future__ import annotations

import httpx

NOTE = {"title": "Bought low", "amount": "12.50", "takenAt": "2026-01-30T09:15:00+05:30"}
JSON = {"Content-Type": "application/json"}
PROBLEM_MEMBERS = {"type", "title", "status", "detail", "instance", "success", "error", "meta"}


def assert_problem(response: httpx.Response, status: int, code: str) -> None:
    """Check that the answer is a complete problem of that kind."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    body = response.json()
    assert set(body) == PROBLEM_MEMBERS
    assert body["status"] == status
    assert body["type"] == f"urn:tapedeck:problem:{code}"
    assert body["success"] is False
    assert body["error"]["code"] == code
    assert body["error"]["message"] == body["detail"]
    assert body["meta"]["requestId"] == response.headers["x-request-id"]
