"""Pairs of memories that look alike, or that look different, and what must become of each."""

from __future__ import annotations

import pytest

from waifusync.core.matching.deciding import Method, Verdict, decide, decide_texts
from waifusync.core.matching.vetoes import told

SAME, REVIEW, DIFFERENT = Verdict
LONG = " ".join(f"word{chr(97 + n % 26)}{chr(97 + n // 26 % 26)}{chr(97 + n // 676)}" for n in range(1500))
CAT = "My cat Mo likes to sleep on the warm router beside the window all afternoon"

TEXTS = {
    "the same": (CAT, CAT, SAME, ""),
    "capitals, spaces and punctuation": (CAT, f"  {CAT.upper()} !!", SAME, ""),
    "a letter encoded in two ways": ("Zo\u00eb's caf\u00e9", "Zoe\u0308\u2019s cafe\u0301", SAME, ""),
    "full width": ("ABC 12", "\uff21\uff22\uff23 \uff11\uff12", SAME, ""),
    "a word more": (CAT, f"{CAT} long", SAME, ""),
    "a word more in a short text": ("I like tea", "I like green tea", DIFFERENT, ""),
    "likes and hates": (CAT, CAT.replace("likes", "hates"), REVIEW, ""),
    "likes and hates, in a long text": (f"{LONG} likes", f"{LONG} hates", REVIEW, "reworded"),
    "likes and hates, in a short text": ("she likes tea", "she hates tea", DIFFERENT, ""),
    "a negation": (CAT, CAT.replace("likes", "does not like"), DIFFERENT, "negated"),
    "a negation added": (f"{CAT} yes", f"{CAT} never", DIFFERENT, "negated"),
    "n't": (f"{LONG} she can swim", f"{LONG} she can't swim", DIFFERENT, "negated"),
    "a negation in German": (f"{LONG} ich mag Tee", f"{LONG} ich mag keinen Tee", DIFFERENT, "negated"),
    "a negation in French": (f"{LONG} elle vient", f"{LONG} elle ne vient pas", DIFFERENT, "negated"),
    "a negation in Russian": (f"{LONG} я люблю чай", f"{LONG} я не люблю чай", DIFFERENT, "negated"),
    "a negation in Chinese": (
        "我喜欢喝绿茶" * 20,
        "我喜欢喝绿茶" * 19 + "我不喜欢喝绿茶",
        DIFFERENT,
        "negated",
    ),
    "a negation in Japanese": ("猫が好きです" * 20, "猫が好きです" * 20 + "ではない", DIFFERENT, "negated"),
    "a negation in Korean": (f"{LONG} 먹었다", f"{LONG} 먹지 않았다", DIFFERENT, "negated"),
    "a number changed": (f"{LONG} at 10:30", f"{LONG} at 10:31", DIFFERENT, "another number"),
    "a number in words": (f"{LONG} two cats", f"{LONG} three cats", DIFFERENT, "another number"),
    "a number below nothing": (f"{LONG} 5 degrees", f"{LONG} -5 degrees", DIFFERENT, "another number"),
    "a point in a number": (f"{LONG} 3.14", f"{LONG} 314", DIFFERENT, "another number"),
    "the same number in another script": (f"{LONG} \u0663 x", f"{LONG} 3 x", REVIEW, "reworded"),
    "words moved": ("from Berlin to Paris by train", "from Paris to Berlin by train", REVIEW, "reworded"),
    "who won": ("Tom told Ann that Ann won", "Tom told Ann that Tom won", REVIEW, "reworded"),
    "smaller and greater": (f"{LONG} a < b", f"{LONG} a > b", REVIEW, "reworded"),
    "a paraphrase": ("I adore felines", "cats are my favourite animals", DIFFERENT, ""),
    "another language": ("the cat sleeps", "die Katze schläft", DIFFERENT, ""),
    "Chinese, punctuated": ("我喜欢喝绿茶。", "我喜欢喝绿茶", SAME, ""),
    "Chinese, another drink": ("我喜欢喝绿茶", "我喜欢喝红茶", DIFFERENT, ""),
    "Japanese, half width": ("ｶﾀｶﾅのねこ", "カタカナのねこ", SAME, ""),
    "Thai": ("แมวชอบปลา", "แมวชอบปลา ", SAME, ""),
    "Hindi": ("मुझे चाय पसंद है", "मुझे चाय पसंद है।", SAME, ""),
    "the same emoji": ("😀", "😀", SAME, ""),
    "other emoji": ("😀", "😡", DIFFERENT, ""),
    "a heart in two ways": ("❤\ufe0f", "❤", SAME, ""),
    "punctuation only": ("...", "!?", DIFFERENT, "no words"),
    "the same punctuation": ("...", "...", DIFFERENT, "no words"),
    "empty": ("", "", DIFFERENT, "no words"),
    "empty and not": ("", CAT, DIFFERENT, ""),
    "12,000 characters": (LONG, LONG + "!", SAME, ""),
    "12,000 characters and one word more": (LONG, f"{LONG} more", SAME, ""),
    "an error text": ("Error: connection refused", "Error: connection refused", DIFFERENT, "an error text"),
    "a traceback": (f"Traceback (most recent call last): {LONG}",) * 2 + (DIFFERENT, "an error text"),
    "an HTTP status": ("503 Service Unavailable",) * 2 + (DIFFERENT, "an error text"),
    "an error as JSON": ('{"error": "model not found"}',) * 2 + (DIFFERENT, "an error text"),
    "talk about errors": ("An error in my essay made me laugh",) * 2 + (SAME, ""),
}


@pytest.mark.parametrize("name", TEXTS)
def test_a_hard_pair_becomes_what_the_table_says_from_either_side(name):
    ours, theirs, verdict, why = TEXTS[name]
    for found in (decide_texts(ours, theirs), decide_texts(theirs, ours)):
        assert (found.verdict, found.why if why else "") == (verdict, why), found


Q = "What is the capital of France?"
A = "The capital of France is Paris, which lies on the river Seine in the north"
MEMORIES = {
    "two answers to one question": (told(Q, A), told(Q, "Ask me later please"), DIFFERENT, "another answer"),
    "one answer to two questions": (told("Say hello", "Hello"), told("Speak up", "Hello"), DIFFERENT, ""),
    "two models' replies": (
        told(Q, A, model="llama"),
        told(Q, A, model="qwen"),
        DIFFERENT,
        "two models' replies",
    ),
    "one model's reply twice": (told(Q, A, model="llama"), told(Q, A, model="llama"), SAME, ""),
    "a reply without a model": (
        told(Q, A, model="llama"),
        told(Q, A),
        REVIEW,
        "one reply without a model",
    ),
    "an error for an answer": (
        told(Q, "Error: timeout"),
        told(Q, "Error: timeout"),
        DIFFERENT,
        "an error text",
    ),
    "an error that was asked about": (
        told("Traceback (most recent call last): what is it?", A),
        told("Traceback (most recent call last): what is it?", A),
        SAME,
        "",
    ),
    "private and public": (told(Q, A, is_private=True), told(Q, A), DIFFERENT, "private and public"),
    "two companions": (told(Q, A, agent="luna"), told(Q, A), DIFFERENT, "two companions"),
    "not answered yet": (told(Q), told(Q, A), DIFFERENT, ""),
}


@pytest.mark.parametrize("name", MEMORIES)
def test_a_hard_pair_of_turns_becomes_what_the_table_says_from_either_side(name):
    ours, theirs, verdict, why = MEMORIES[name]
    for found in (decide(ours, theirs), decide(theirs, ours)):
        assert (found.verdict, found.why if why else "") == (verdict, why), found


@pytest.mark.parametrize(
    ("words", "cosine", "verdict"),
    [
        ("high", None, SAME),
        ("high", 0.95, SAME),
        ("high", 0.85, SAME),
        ("high", 0.5, REVIEW),
        ("grey", None, REVIEW),
        ("grey", 0.95, SAME),
        ("grey", 0.85, REVIEW),
        ("grey", 0.5, DIFFERENT),
        ("low", None, DIFFERENT),
        ("low", 0.95, REVIEW),
        ("low", 0.85, DIFFERENT),
        ("low", 0.5, DIFFERENT),
    ],
)
def test_words_and_vectors_together_decide_by_the_documented_table(words, cosine, verdict):
    ten = "alpha beta gamma delta epsilon zeta eta theta iota"
    ours = {"high": f"{ten} kappa", "grey": f"{ten} kappa lambda", "low": f"{ten} k l m n o p"}[words]
    assert decide_texts(ten, ours, cosine=cosine).verdict is verdict


@pytest.mark.parametrize(
    ("trusts", "threshold"),
    [(("person", "person"), 0.8), (("person", "known"), 0.85), (("person", ""), 0.9), (("?", "?"), 0.9)],
)
def test_the_more_careful_of_two_tiers_counts(trusts, threshold):
    ours, theirs = (told("a b c d e f g h", trust=each) for each in trusts)
    exactly = 8 / threshold  # words of a longer one that would just do
    more = " ".join("mnopqrstuvwxyz"[: int(exactly - 8)])
    longer = told(f"a b c d e f g h {more}", trust=trusts[1])
    assert decide(ours, theirs).verdict is SAME
    assert decide(ours, longer).verdict is SAME
    assert decide(ours, told(f"a b c d e f g h {more} z0z zz zzz", trust=trusts[1])).verdict is not SAME


def test_a_person_who_asks_for_vectors_alone_gets_them_and_what_is_forbidden_stays_forbidden():
    paraphrase = told("I adore felines"), told("cats are my favourite animals")
    for cosine, verdict in ((0.95, SAME), (0.85, REVIEW), (0.5, DIFFERENT), (None, DIFFERENT)):
        assert decide(*paraphrase, method=Method.EMBEDDING, cosine=cosine).verdict is verdict
    denied = told("I adore felines"), told("I never adore felines")
    assert decide(*denied, method=Method.EMBEDDING, cosine=0.99).verdict is DIFFERENT


def test_words_alone_take_no_notice_of_vectors():
    assert decide(told(CAT), told(f"{CAT} long"), method=Method.JACCARD, cosine=0.1).verdict is SAME
