"""What a process holds of the answers is bounded, and what is forgotten is not among it."""

from __future__ import annotations

from adapters.platform.cache.memory import Held, Memory


def _held(size: int, tags: tuple[str, ...] = ()) -> Held:
    return Held("value", size, tags, made_at=0, fresh_until=1, keep_until=1, ask_at=1, cost_s=0)


def test_memory_is_bounded_by_entries_and_bytes() -> None:
    memory = Memory(entries=3, size=100)
    for name in "abcd":
        memory.put(name, _held(10))
    assert memory.get("a") is None
    assert memory.get("b") is not None
    memory.put("e", _held(80))
    assert memory.size <= 100
    assert memory.get("b") is not None, "what was used last stays longest"
    memory.put("huge", _held(101))
    assert memory.get("huge") is None
    assert memory.get("e") is not None


def test_memory_drops_what_has_a_tag() -> None:
    memory = Memory(entries=10, size=100)
    memory.put("a", _held(10, ("x", "y")))
    memory.put("b", _held(10, ("y",)))
    memory.put("c", _held(10))
    memory.drop_tagged(["x"])
    assert (memory.get("a"), len(memory), memory.size) == (None, 2, 20)
