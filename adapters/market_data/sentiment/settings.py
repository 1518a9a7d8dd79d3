"""Which model says how texts sound."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Final, TypeAlias

from msgspec import Meta, Struct

MODEL_FILE: Final = "model.onnx"
TOKENIZER_FILE: Final = "tokenizer.json"
CONFIG_FILE: Final = "config.json"
_NEEDED: Final = ("onnxruntime", "tokenizers")


class LexiconSettings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="model", tag="lexicon"):
    """The words of `domain/market_data/lexicon.py`: nothing to install or to supply."""


class FinBertSettings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="model", tag="finbert"):
    """A classifier of the FinBERT family. `folder` holds its weights, which are not ours to give.

    These are `model.onnx`, `tokenizer.json` and `config.json` as the usual tools export them; the labels in
    `config.json` are positive, negative and neutral. Needs the extra `finbert`. `threads` is how many it computes with.
    """

    folder: str
    threads: Annotated[int, Meta(ge=1, le=64)] = 1

    def __post_init__(self) -> None:
        missing = [name for name in (MODEL_FILE, TOKENIZER_FILE, CONFIG_FILE) if not Path(self.folder, name).is_file()]
        if missing:
            raise ValueError(f"folder has no {missing[0]}")
        if not all(map(find_spec, _NEEDED)):
            raise ValueError(
                "the model finbert needs the packages onnxruntime and tokenizers, the extra finbert of pyproject.toml"
            )


SentimentSettings: TypeAlias = LexiconSettings | FinBertSettings
