"""The numbers in a text, in digits or in words: a memory with another number is another memory."""

from __future__ import annotations

import unicodedata
from collections import Counter

from waifusync.core.matching.words import Text
from waifusync.patterns import pattern

# Words that are also an article or a pronoun (one, ein, un) say nothing about a number.
_LISTED = """
zero two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand
million billion half twice once second third fourth fifth
null zwei drei vier fünf sechs sieben acht neun zehn elf zwölf zwanzig dreißig dreissig vierzig fünfzig
hundert tausend zweimal dreimal
zéro deux trois quatre cinq sept huit neuf dix onze douze vingt trente quarante cinquante cent mille
dos tres cuatro cinco seis siete ocho nueve diez once doce veinte treinta cien mil
due tre quattro cinque sei sette otto nove dieci venti cento
dois duas três quatro sete oito dez vinte
twee drie vijf zes zeven acht negen tien twintig honderd duizend
два две три четыре пять шесть семь восемь девять десять двадцать сто тысяча
dwa dwie trzy cztery pięć sześć siedem osiem dziewięć dziesięć
"""
_DIGIT = pattern(r"\d")
_WORDS = frozenset(_LISTED.split())


def numbers(text: Text) -> Counter[str]:
    """Each with how often it stands there; the order is compared where words are."""
    if _WORDS.isdisjoint(text.words) and not _DIGIT.search(text.normal):
        return Counter()
    words = text.normal.split()
    return Counter(_plain(word) for word in words if word in _WORDS or _DIGIT.search(word))


def _plain(word: str) -> str:
    return "".join(str(unicodedata.decimal(letter, letter)) for letter in word)
