"""Builds the model that the settings name."""

from __future__ import annotations

from adapters.market_data.sentiment.finbert import FinBert
from adapters.market_data.sentiment.lexicon import Lexicon
from adapters.market_data.sentiment.settings import FinBertSettings, LexiconSettings, SentimentSettings
from application.market_data.news.ports import SentimentModel


def sentiment_model(settings: SentimentSettings) -> SentimentModel:
    """Return the model; weights are read when it is first asked."""
    match settings:
        case LexiconSettings():
            return Lexicon()
        case FinBertSettings():
            return FinBert(settings)
