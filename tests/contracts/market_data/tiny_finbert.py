"""A folder of weights as FinBERT's users have it, of a dozen words: what it says is known by adding up three numbers.

The graph is written in ONNX's own encoding, which is a few tagged fields: logits are the sum of a row for each word.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Final

# of each word what it adds to positive, negative and neutral
WORDS: Final[Mapping[str, tuple[float, float, float]]] = {
    "[PAD]": (50.0, 0.0, 0.0),
    "[UNK]": (0.0, 0.0, 0.0),
    "record": (1.0, 0.0, 0.0),
    "profit": (2.0, 0.0, 0.0),
    "rally": (1.0, 0.0, 0.0),
    "fraud": (0.0, 3.0, 0.0),
    "bankruptcy": (0.0, 3.0, 0.0),
    "meeting": (0.0, 0.0, 1.0),
}
LABELS: Final = {"0": "Positive", "1": "Negative", "2": "Neutral"}
_INT64, _FLOAT = 7, 1


def write_weights(folder: Path, words: Mapping[str, tuple[float, float, float]] = WORDS) -> None:
    """Lay the three files out."""
    folder.mkdir(exist_ok=True)
    (folder / "model.onnx").write_bytes(_model(words))
    (folder / "config.json").write_text(json.dumps({"architectures": ["Bert"], "id2label": LABELS}))
    model = {"type": "WordLevel", "vocab": {word: place for place, word in enumerate(words)}, "unk_token": "[UNK]"}
    tokenizer: dict[str, object] = {
        "version": "1.0",
        "truncation": None,
        "padding": {
            "strategy": {"Fixed": 1024},
            "direction": "Right",
            "pad_to_multiple_of": None,
            "pad_id": 0,
            "pad_type_id": 0,
            "pad_token": "[PAD]",
        },
        "added_tokens": [],
        "normalizer": {"type": "Lowercase"},
        "pre_tokenizer": {"type": "Whitespace"},
        "post_processor": None,
        "decoder": None,
        "model": model,
    }
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer))


def _model(words: Mapping[str, tuple[float, float, float]]) -> bytes:
    table = b"".join(struct.pack("<3f", *row) for row in words.values())
    graph = b"".join(
        [
            _node("Add", ["input_ids", "token_type_ids"], "typed"),
            _node("Mul", ["typed", "attention_mask"], "ids"),
            _node("Gather", ["table", "ids"], "rows"),
            _node("ReduceSum", ["rows", "axis"], "logits", keepdims=0),
            _text(2, "tiny"),
            _message(5, _tensor("table", (len(words), 3), _FLOAT, table)),
            _message(5, _tensor("axis", (1,), _INT64, struct.pack("<q", 1))),
            *(_message(11, _value(name, _INT64, 2)) for name in ("input_ids", "attention_mask", "token_type_ids")),
            _message(12, _value("logits", _FLOAT, 2)),
        ]
    )
    return _number(1, 8) + _message(8, _text(1, "") + _number(2, 13)) + _message(7, graph)


def _node(kind: str, inputs: list[str], output: str, **attributes: int) -> bytes:
    told = b"".join(
        _message(5, _text(1, name) + _number(3, value) + _number(20, 2)) for name, value in attributes.items()
    )
    return _message(1, b"".join(_text(1, name) for name in inputs) + _text(2, output) + _text(4, kind) + told)


def _tensor(name: str, dims: tuple[int, ...], kind: int, raw: bytes) -> bytes:
    return b"".join(_number(1, dim) for dim in dims) + _number(2, kind) + _text(8, name) + _message(9, raw)


def _value(name: str, kind: int, rank: int) -> bytes:
    shape = b"".join(_message(1, _text(2, f"{name}_{place}")) for place in range(rank))
    return _text(1, name) + _message(2, _message(1, _number(1, kind) + _message(2, shape)))


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _text(field: int, value: str) -> bytes:
    return _message(field, value.encode())


def _message(field: int, value: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(value)) + value


def _varint(value: int) -> bytes:
    found = bytearray()
    while value > 127:
        found.append(value & 127 | 128)
        value >>= 7
    return bytes([*found, value])
