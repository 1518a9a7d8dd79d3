"""Which new passwords are good enough: long, and not what a guesser tries first.

Length does most of the work. Of the passwords that are long and still weak nearly all are built from a few parts: a
common word or phrase, a run along the alphabet or the keyboard, the user's own address, the product's name, or a
short piece repeated. So instead of carrying a list of millions, the policy takes such parts away and asks that
enough of the password remains.
"""

from __future__ import annotations

import re
from typing import Final

from domain.identity.email import EmailAddress
from domain.identity.errors import GuessablePassword
from domain.identity.secrets import Password
from domain.shared.errors import Invalid

SHORTEST: Final = 15
SHORTEST_WITH_SECOND_FACTOR: Final = 8
LONGEST: Final = 128
_FEWEST_DISTINCT: Final = 5
_FEWEST_OWN: Final = 7
_SHORTEST_RUN: Final = 3

_RUNS: Final = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "qwertzuiop",
    "azertyuiop",
)
_KEYBOARD_COLUMNS: Final = re.compile(r"(?:[1-9][qwertyuio][asdfghjkl]?[zxcvbnm]?){3,}")
_LEET: Final = str.maketrans("@4301!$57+", "aaeolisstt")
_SEPARATORS: Final = re.compile(r"[\s._\-,;:/\\|+*#~=']+")

# The commonest parts of leaked passwords of 15 and more characters, longest first so that phrases go before words.
_COMMON_PARTS: Final = """
    password passwort passphrase contrasena motdepasse senha parola wachtwoord secret geheim private security secure
    letmein welcome willkommen bienvenue changeme change default temporary temp test testing tester example sample
    admin administrator root superuser sysadmin user username guest login logon signin account master access
    iloveyou ilove love lovely you forever always together baby babygirl honey sweetheart darling princess angel
    football baseball basketball soccer hockey liverpool arsenal chelsea manchester united barcelona realmadrid
    dragon monkey tiger shadow sunshine summer winter autumn spring superman batman spiderman starwars pokemon
    naruto minecraft computer internet google facebook instagram youtube microsoft windows samsung apple android
    michael jennifer jessica ashley daniel charlie jordan thomas robert george andrew
    january february march april june july august september october november december
    monday tuesday wednesday thursday friday saturday sunday
    livelaugh jesuschrist jesuslovesme jesus christ trustno whatever nothing hello world iamthebest
    ihateyou fuckyou fuckoff getmein opensesame abracadabra donttellanyone
    tothemoon hodl bitcoin ethereum crypto wallet trading trader broker zerodha upstox robinhood binance stocks
    portfolio invest investor investing money million millionaire
    qazwsxedcrfv qazwsx wsxedc asdzxc qweasdzxc
    thisis theis this that the and for with from your mine is my not
"""
_YEAR: Final = re.compile("(?:19|20)[0-9]{2}")
# stands where something was taken away, so that what stood around it does not grow together into new parts
_TAKEN: Final = "\0"
_PRODUCT: Final = "tapedeck"
# Phrases that are quoted so often that guessers try them whole.
_FAMOUS_PHRASES: Final = """
    correcthorsebatterystaple maytheforcebewithyou maytheforcebewithu tobeornottobe tobeornottobethatisthequestion
    thequickbrownfox thequickbrownfoxjumps thequickbrownfoxjumpsoverthelazydog allyourbasearebelongtous
    livelongandprosper winteriscoming neversaynever veryverysecret openthepodbaydoorshal onceuponatime
    itwasthebestoftimes inthebeginningwastheword loremipsumdolorsitamet callmeishmael elementarymydearwatson
"""
_COMMON: Final = tuple(sorted(_COMMON_PARTS.split(), key=len, reverse=True))
_FAMOUS: Final = frozenset(_FAMOUS_PHRASES.split())


def check_new_password(password: Password, email: EmailAddress, *, has_second_factor: bool = False) -> None:
    """Raise Invalid for a password too short or long, GuessablePassword for one that must not guard this account."""
    text = password.reveal()
    shortest = SHORTEST_WITH_SECOND_FACTOR if has_second_factor else SHORTEST
    if len(text) < shortest:
        raise Invalid(f"The password has {len(text)} characters; use at least {shortest}.", field="password")
    if len(text) > LONGEST:
        raise Invalid(f"The password has more than {LONGEST} characters; use fewer.", field="password")
    folded = text.casefold()
    # runs go first, since reading 1 as l would tear a run of digits apart
    spellings = (folded, _without_runs(folded).translate(_LEET))
    own = min(_own_characters(spelling, email) for spelling in spellings)
    is_famous = _SEPARATORS.sub("", folded) in _FAMOUS
    enough = min(_FEWEST_OWN, shortest // 2)
    if is_famous or len(set(folded)) < _FEWEST_DISTINCT or _is_repetition(folded) or own < enough:
        raise GuessablePassword


def _own_characters(text: str, email: EmailAddress) -> int:
    """Count the characters that remain when everything a guesser would try is taken away."""
    remaining = text
    for part in _personal_parts(email):
        remaining = remaining.replace(part, _TAKEN)
    remaining = _SEPARATORS.sub("", remaining)
    squeezed = (_SEPARATORS.sub("", part) for part in _personal_parts(email))
    for part in sorted({*squeezed, _PRODUCT, *_COMMON}, key=len, reverse=True):
        remaining = remaining.replace(part, _TAKEN)
    remaining = _YEAR.sub(_TAKEN, _KEYBOARD_COLUMNS.sub(_TAKEN, remaining))
    return len(_without_runs(remaining).replace(_TAKEN, ""))


def _personal_parts(email: EmailAddress) -> list[str]:
    """Return what a guesser knows from the address, longest first; the last label of the domain is nobody's own."""
    names = f"{email.local_part}.{email.domain.rpartition('.')[0]}"
    parts = {email.text, email.local_part, email.domain, *re.split(r"[\W_]+", names)}
    return sorted((part for part in parts if len(part) >= _SHORTEST_RUN), key=len, reverse=True)


def _without_runs(text: str) -> str:
    """Take away repeated characters and steps along an alphabet, the digits or a keyboard row, either way."""
    kept: list[str] = []
    start = 0
    while start < len(text):
        end = start + 1
        while end < len(text) and _is_run(text[start : end + 1]):
            end += 1
        kept.append(_TAKEN if end - start >= _SHORTEST_RUN else text[start:end])
        start = end
    return "".join(kept)


def _is_run(text: str) -> bool:
    return len(set(text)) == 1 or any(text in run or text[::-1] in run for run in _RUNS)


def _is_repetition(text: str) -> bool:
    """Whether the text is one piece said at least twice, the last time perhaps cut short."""
    return any(text.startswith(text[period:]) for period in range(1, len(text) // 2 + 1))
