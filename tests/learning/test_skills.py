"""Laws of skills: in whatever order, grouping and repetition words come, the same skills are shown."""

from __future__ import annotations

import json
import math

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.learning.minds import HEARING, live
from waifusync.core.learning.collections import SKILLS
from waifusync.core.learning.settings import Aggregation
from waifusync.core.learning.skill_intake import read_skill
from waifusync.core.learning.skill_view import Skill, show_skill
from waifusync.core.learning.skill_web import places
from waifusync.core.learning.skills import SkillGone, SkillWord, living, read_records
from waifusync.workflows.learning.skills import take_in_skill

DAY = 24 * 3600 * 1000
NAMES = st.sampled_from(["Tea", "chess"])
SHARES = st.sampled_from([0.0, 0.25, 0.5, 1.0])
TEXTS = st.lists(st.sampled_from(["club", "home", "Tea", "chess"]), max_size=2)
USAGE = st.fixed_dictionaries(
    {},
    optional={
        "total_invocations": st.integers(0, 9),
        "success_rate": SHARES,
        "contexts": TEXTS,
        "last_used": st.integers(0, 9),
    },
)
DATA = st.fixed_dictionaries(
    {"name": NAMES},
    optional={
        "category": st.sampled_from(["a", "b"]),
        "proficiency": SHARES,
        "usage": USAGE,
        "prerequisites": TEXTS,
        "enables": TEXTS,
        "learning_curve": st.lists(st.tuples(st.integers(0, 9), SHARES).map(list), max_size=3),
        "removed": st.booleans(),
    },
)
# What a source said, when, and to which of the devices it was delivered.
WORD = st.tuples(DATA, st.sampled_from(["bot", "desk"]), st.integers(1, 6), st.integers(0, 4))
WORDS = st.lists(WORD, max_size=8)
# What a person took away, of all sources.
GONE = st.builds(
    SkillGone,
    skill=st.sampled_from(["tea", "chess"]),
    source=st.just(""),
    up_to=st.integers(0, 6),
    seen=st.dictionaries(st.sampled_from(["bot", "desk"]), st.integers(0, 6)),
)
HOWS = st.sampled_from(Aggregation)


def told(data: dict, source: str, as_of: int) -> SkillWord | SkillGone:
    word, is_lost = read_skill(data, "data", source=source, as_of=as_of)
    return SkillGone(word.skill, source, as_of) if is_lost else word


def through_a_line(record: SkillWord | SkillGone) -> SkillWord | SkillGone:
    fields = json.loads(json.dumps(record.to_fields()))
    return dict(read_records([(record.key("llllllll"), fields)]))[record.key("llllllll")]


def shown(records, how: Aggregation = Aggregation.WEIGHTED) -> dict[str, Skill]:
    return {skill: show_skill(skill, words, how) for skill, words in living(records).items()}


@given(WORDS, st.lists(GONE, max_size=3), st.randoms(), HOWS)
def test_any_order_and_any_repetition_show_the_same_skills(words, gone, random, how):
    records = [*(told(*word[:3]) for word in words), *gone]
    shuffled = [through_a_line(each) for each in [*records, *records]]
    random.shuffle(shuffled)
    assert shown(shuffled, how) == shown(records, how)
    assert places(shown(shuffled, how)) == places(shown(records, how))


@settings(max_examples=15, deadline=None)
@given(st.lists(st.one_of(WORD, HEARING), max_size=10))
def test_devices_that_hear_each_other_at_any_time_end_with_one_digest_and_one_view(steps):
    said = shown(told(*step[:3]) for step in steps if len(step) == 4)
    for learned in live(steps, take_in_skill, SKILLS):
        assert shown(dict(read_records(learned.items())).values()) == said


@given(WORDS)
def test_what_is_shown_lies_between_what_was_said(words):
    records = [told(*word[:3]) for word in words]
    for skill, sources in living(records).items():
        levels = [each.said["proficiency"].value for each in sources.values() if "proficiency" in each.said]
        for how in Aggregation:
            level = show_skill(skill, sources, how).proficiency
            assert min(levels, default=0) - 1e-6 <= level <= max(levels, default=0)
        assert show_skill(skill, sources, Aggregation.MAX).proficiency == max(levels, default=0)


@given(WORDS)
def test_each_capability_and_synergy_is_a_share_and_synergy_is_mutual(words):
    found = places(shown([told(*word[:3]) for word in words]))
    for skill, place in found.items():
        assert 0 <= place.capability <= 1
        for synergy in place.synergies:
            assert 0 < synergy.strength <= 1
            assert any(back.skill == skill for back in found[synergy.skill].synergies)


def one(*words: tuple[dict, str, int], how: Aggregation = Aggregation.WEIGHTED) -> Skill:
    [skill] = shown(
        [told({"name": "tea", **data}, source, as_of) for data, source, as_of in words], how
    ).values()
    return skill


def test_counts_are_summed_once_and_success_is_weighed_by_them():
    bot = ({"usage": {"total_invocations": 30, "success_rate": 1.0, "contexts": ["club"]}}, "bot", 2)
    older = ({"usage": {"total_invocations": 20, "success_rate": 0.0, "contexts": ["home"]}}, "bot", 1)
    desk = ({"usage": {"total_invocations": 10, "success_rate": 0.5, "lastUsed": 5}}, "desk", 1)
    usage = one(bot, older, desk, bot).usage
    assert (usage.total_invocations, usage.success_rate) == (40, 0.875)
    assert (usage.contexts, usage.last_used) == (("club",), 5000)


def test_a_word_that_says_less_takes_nothing_back():
    full = ({"proficiency": 0.5, "category": "drinks", "acquired": "2026-01-01"}, "bot", 1)
    assert one(full, ({"proficiency": 0.75}, "bot", 2)).category == "drinks"
    assert one(full, ({"proficiency": 0.75}, "bot", 2)).proficiency == 0.75


def test_the_three_ways_to_make_one_level_are_as_documented():
    used = {"total_invocations": 3}
    words = (({"proficiency": 0.2, "usage": used}, "bot", 0), ({"proficiency": 0.8}, "desk", 30 * DAY))
    assert one(*words, how=Aggregation.MAX).proficiency == 0.8
    assert one(*words, how=Aggregation.AVERAGE).proficiency == 0.5
    # bot: sqrt(1 + 3) used, half as heavy after 30 days; desk: 1, and the newest.
    assert one(*words).proficiency == round((1 * 0.2 + 1 * 0.8) / 2, 6)
    older = (words[0], ({"proficiency": 0.8}, "desk", 300 * DAY))
    weights = 2 / 8, 1
    assert one(*older).proficiency == round((weights[0] * 0.2 + 0.8) / sum(weights), 6)


def test_a_clock_years_ahead_outweighs_the_others_eightfold_at_most():
    """T7: a stamp from the future wins for ever."""
    level = one(({"proficiency": 0.0}, "bot", 100_000 * DAY), ({"proficiency": 1.0}, "desk", 0)).proficiency
    assert math.isclose(level, 1 / 9, abs_tol=1e-6)


def test_learning_curves_are_merged_in_time():
    bot = (
        {"learning_curve": [{"timestamp": "2026-01-02", "proficiency": 0.2}, ["2026-01-04", 0.4]]},
        "bot",
        1,
    )
    desk = ({"learning_curve": [["2026-01-03", 0.3], ["2026-01-02", 0.2]]}, "desk", 1)
    assert [level for _, level in one(bot, desk).learning_curve] == [0.2, 0.3, 0.4]
    told_one_by_one = [({"proficiency": level}, "bot", as_of) for level, as_of in ((0.6, 9), (0.1, 3))]
    assert one(*told_one_by_one).learning_curve == ((3, 0.1), (9, 0.6))


def test_a_removed_skill_stays_away_until_something_later_is_said_of_it():
    """T4: deleted rows come back."""
    old, gone = told({"name": "tea", "proficiency": 0.5}, "bot", 3), SkillGone("tea", "", 5, {"future": 90})
    assert shown([gone, old, told({"name": "tea", "category": "x"}, "future", 90)]) == {}
    again = shown([told({"name": "tea", "proficiency": 0.7}, "bot", 6), gone, old])["tea"]
    assert (again.proficiency, again.learning_curve) == (0.7, ((6, 0.7),))
    assert "tea" in shown([told({"name": "tea"}, "future", 91), gone])


def test_what_was_seen_of_a_clock_that_is_ahead_stays_removed_when_it_is_removed_again():
    first, second = SkillGone("tea", "", 5, {"future": 90}), SkillGone("tea", "", 6)
    assert first.joined(second) == second.joined(first) == SkillGone("tea", "", 6, {"future": 90})
    assert (first.joined(second).cut("future"), first.joined(second).cut("bot")) == (90, 6)


def test_one_source_that_loses_a_skill_takes_nothing_of_the_others():
    words = [told({"name": "tea"}, "bot", 1), told({"name": "tea"}, "desk", 1)]
    lost = told({"name": "tea", "removed": True}, "bot", 2)
    assert shown([*words, lost])["tea"].source_instances == ("desk",)


def test_circles_among_prerequisites_are_told_and_not_followed_for_ever():
    needs = {"a": ["b"], "b": ["c"], "c": ["a"], "d": ["a"], "e": ["E"]}
    found = places(shown([told({"name": each, "prerequisites": of}, "bot", 1) for each, of in needs.items()]))
    assert found["a"].cycle == found["c"].cycle == ("a", "b", "c")
    assert (found["d"].cycle, found["e"].cycle) == ((), ("e",))
    assert found["d"].path[-1] == "c" or set(found["d"].path) == {"a", "b", "c"}


def test_what_is_needed_is_named_in_an_order_in_which_it_can_be_learned():
    needs = {"walk": [], "run": ["Walk"], "dance": ["run", "music"], "ball": []}
    data = [{"name": each, "prerequisites": of} for each, of in needs.items()]
    data[3]["enables"] = ["dance"]
    found = places(shown([told(each, "bot", 1) for each in data]))
    assert found["dance"].path == ("ball", "walk", "run")
    assert (found["dance"].missing, found["walk"].enables) == (("music",), ("run",))


def test_synergy_and_capability_are_as_documented():
    usage = {"total_invocations": 8, "success_rate": 1.0, "contexts": ["Club", "home"]}
    words = [
        told({"name": "tea", "proficiency": 0.5, "usage": usage, "enables": ["chess"]}, "bot", 1),
        told({"name": "chess", "proficiency": 1.0, "usage": {"contexts": ["club"]}}, "bot", 1),
    ]
    found = places(shown(words))
    assert [(each.skill, each.strength) for each in found["tea"].synergies] == [("chess", 0.75)]
    tea, chess = 0.5 * (1 + 9 / 10) / 2, 1.0 * (1 + 1 / 2) / 2
    assert found["tea"].capability == round(tea + (1 - tea) / 4 * 0.75 * chess, 6)


def test_two_ids_of_one_name_are_shown():
    words = [told({"name": "Tea", "skill_id": each}, "bot", 1) for each in ("t-1", "t-2")]
    assert places(shown(words))["t-1"].same_name == ("t-2",)


def test_what_another_device_wrote_wrongly_counts_as_not_said():
    """T25: malicious repository content."""
    wrong = ["", "[", "[1]", "[1,2,3]", '["1",2]', "[1,NaN]", "[1,1e999]", "[1e30,1]", "[1,true]", "[" * 9999]
    wrong += ["[1,-0.1]", "[1,1.5]", "[true,0.5]", None, 3, {"b": ""}]
    for value in wrong:
        names = ["name", "proficiency", "invocations", "success_rate", "last_used", "acquired", "curve"]
        fields = {"skill": "tea", "source": "bot", **dict.fromkeys(names, value)}
        records = [("skill:tea:bot:llllllll", fields), ("skill-gone:tea:bot:l", {**fields, "up_to": value})]
        assert shown(dict(read_records(records)).values()) == {}, value
    assert (
        shown(dict(read_records([("skill:x", {"skill": 1, "source": "bot"}), ("skill:y", {})])).values())
        == {}
    )
