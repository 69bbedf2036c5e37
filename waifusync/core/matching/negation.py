"""How often a text says no, in the languages that say it with a word of its own.

Where a language says no inside the verb (Turkish, Czech, "unhappy"), a word is exchanged for another, which
is never taken for the same either.
"""

from __future__ import annotations

from waifusync.core.matching.words import Text
from waifusync.patterns import pattern

_LISTED = """
not no never none nobody nothing nowhere neither nor cannot without hardly barely
cant dont wont isnt arent wasnt werent doesnt didnt hasnt havent hadnt shouldnt wouldnt couldnt mustnt
nicht nichts nie niemals kein keine keinen keinem keiner keines niemand weder ohne nein
ne pas jamais rien aucun aucune sans non
nunca jamás nada nadie ningún ninguno ninguna sin tampoco
não ninguém nenhum nenhuma sem nem
mai niente nulla nessuno nessuna senza
niet geen nooit niets niemand zonder nee
inte ikke ej aldrig aldri ingen inget intet inga
не нет ни никогда ничего никто без нельзя ні ніколи ніхто
nie nigdy nic nikt bez nikdy nikdo není nejsem
değil yok hay\u0131r asla
ei eivät emme
nem soha sem nincs
tidak bukan jangan không chẳng chưa
لا ليس لم لن
לא אין
नहीं मत
δεν μην όχι
"""
_WORDS = frozenset(_LISTED.split())
_INSIDE = pattern("n't(?= |$)|(?<![^ ])n'|않|없|못|아니|(?<![^ ])안(?= |$)")
_UNSPACED = pattern("不|没|沒|未|無|无|非|别|別|勿|莫|ない|なか|なく|ません|ไม่|မ")


def negations(text: Text) -> int:
    """The number of words, or of signs in scripts without spaces, that deny something."""
    own = 0
    if not _WORDS.isdisjoint(text.words):
        own = sum(word in _WORDS for word in text.order)
    if text.normal.isascii():
        return own + (len(_INSIDE.findall(text.normal)) if "'" in text.normal else 0)
    return own + len(_INSIDE.findall(text.normal)) + len(_UNSPACED.findall(text.normal))
