"""What is remembered in a process is bounded, and what is in use is kept."""

from __future__ import annotations

from adapters.identity.memory import RecentlyUsed


def test_the_entry_used_longest_ago_makes_room() -> None:
    memory: RecentlyUsed[str, int] = RecentlyUsed(3)
    for name, number in (("a", 1), ("b", 2), ("c", 3)):
        memory.put(name, number)
    assert memory.get("a") == 1
    memory.put("d", 4)
    assert [memory.get(name) for name in "abcd"] == [1, None, 3, 4]
    assert len(memory) == 3


def test_a_busy_entry_outlives_any_number_of_others() -> None:
    memory: RecentlyUsed[int, int] = RecentlyUsed(10)
    memory.put(-1, 0)
    for number in range(1000):
        memory.put(number, number)
        memory.put(-1, (memory.get(-1) or 0) + 1)
    assert memory.get(-1) == 1000
    assert len(memory) == 10


def test_what_is_dropped_is_gone_and_dropping_nothing_is_no_error() -> None:
    memory: RecentlyUsed[str, int] = RecentlyUsed(2)
    memory.put("a", 1)
    memory.drop("a")
    memory.drop("a")
    assert memory.get("a") is None
    assert len(memory) == 0
