"""Where messages and channels come from, and what a checkpoint cost, as the page tells it."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings

from studio.history.marks import Mark, Marks
from studio.history.measures import Measures
from studio.history.model import Checkpoint, Held
from studio.history.spine import Spine
from studio.workbench.page.lives import Event, Facts, Life, facts
from tests.history.trees import lived
from tests.workbench.spines import branch, known, marks

DAY = datetime(2026, 1, 1, tzinfo=UTC)


def held(**channels: tuple[str, int]) -> dict[str, Held]:
    """Channels by name, each with its content and its bytes."""
    return {name: Held(content, size) for name, (content, size) in channels.items()}


# input ── plan and draft set by the planner ── draft changed by two nodes ── edited by hand ── plan gone
HISTORY = known(
    [
        Checkpoint("a", None, -1, "input", ("__start__",), DAY, "run-1"),
        Checkpoint("b", "a", 0, "loop", ("planner",), DAY, "run-1", channels=held(asked=("x", 30))),
        Checkpoint(
            "c",
            "b",
            1,
            "loop",
            ("writer", "critic", "writer"),
            DAY + timedelta(seconds=2),
            "run-1",
            Marks([Mark("m", "m", 100, 20)]),
            held(asked=("x", 30), plan=("p", 400), draft=("d", 50)),
        ),
        Checkpoint(
            "d",
            "c",
            2,
            "loop",
            (),
            DAY + timedelta(seconds=5),
            "run-1",
            Marks([Mark("m", "m", 100, 20), Mark("n", "n", 300, 40)]),
            held(asked=("x", 30), plan=("p", 400), draft=("dd", 60)),
        ),
        Checkpoint(
            "e",
            "d",
            3,
            "update",
            (),
            DAY + timedelta(seconds=65),
            messages=Marks([Mark("m", "M", 100, 20), Mark("n", "n", 300, 40)]),
            channels=held(asked=("y", 10), plan=("p", 400), draft=("dd", 60)),
        ),
        Checkpoint("f", "e", 4, "update", (), channels=held(asked=("y", 10), draft=("dd", 60))),
    ]
)


def at(id: str, spine: Spine = HISTORY) -> Facts:
    return facts(spine, spine.tree.nodes[id])


def lives(id: str, spine: Spine = HISTORY) -> dict[str, tuple[str | None, str | None, str | None]]:
    """By channel, the checkpoints that introduced, changed and will remove it."""

    def told(event: Event | None) -> str | None:
        return event.id if event else None

    return {
        channel.name: (told(channel.life.introduced), told(channel.life.changed), told(channel.life.removed))
        for channel in at(id, spine).channels
    }


def test_a_channel_knows_what_introduced_changed_and_will_remove_it() -> None:
    assert lives("a") == {}
    assert lives("b") == {"asked": ("b", None, None)}
    assert lives("c") == {"plan": ("c", None, "f"), "draft": ("c", None, None), "asked": ("b", None, None)}
    assert lives("e") == {"plan": ("c", None, "f"), "draft": ("c", "d", None), "asked": ("b", "e", None)}
    assert lives("f") == {"draft": ("c", "d", None), "asked": ("b", "e", None)}


def test_an_event_names_the_nodes_that_ran_its_step_and_its_run_or_what_a_person_did() -> None:
    channels = {channel.name: channel.life for channel in at("e").channels}
    assert channels["draft"] == Life(Event("c", 1, "planner", "run-1"), Event("d", 2, "writer · critic", "run-1"), None)
    assert channels["asked"] == Life(Event("b", 0, "input read", "run-1"), Event("e", 3, "message edited", ""), None)
    assert channels["plan"].removed == Event("f", 4, "messages removed", "")


def test_channels_come_with_their_sizes_the_largest_first() -> None:
    found = at("e")
    assert [(channel.name, channel.size) for channel in found.channels] == [("plan", 400), ("draft", 60), ("asked", 10)]
    assert (found.size, found.growth) == (470, -20)
    assert [at(id).growth for id in "abcdf"] == [0, 30, 450, 10, -400]


def test_what_a_checkpoint_its_run_and_its_path_cost_is_told_apart() -> None:
    assert at("d").own == Measures(3.0, 0.0, 300, 40, 1)
    assert at("d").run == Measures(5.0, 0.0, 400, 60, 4)
    assert at("d").path == Measures(5.0, 0.0, 400, 60, 4)
    edited = at("e")
    assert edited.own == Measures(0.0, 60.0, 0, 0, 1), "an edit costs no tokens, and nobody worked before it"
    assert edited.run is None
    assert edited.path == Measures(5.0, 60.0, 400, 60, 5)


def test_messages_that_are_gone_tell_who_removed_them_and_where_they_can_be_seen() -> None:
    tree = branch(r=("", "a"), s=("r", "abc"), t=("s", "a"), u=("t", "ad"), v=("u", "d"))
    told = [(g.name, g.introduced.id if g.introduced else None, g.removed.id, g.last) for g in at("v", tree).gone]
    assert told == [("a", "r", "v", "u"), ("c", "s", "t", "s"), ("b", "s", "t", "s")]
    assert [gone.name for gone in at("t", tree).gone] == ["c", "b"]
    assert at("s", tree).gone == [], "not gone yet"


def test_a_message_that_came_again_is_not_gone() -> None:
    tree = branch(r=("", "ab"), s=("r", "a"), t=("s", "ab"))
    assert [gone.name for gone in at("s", tree).gone] == ["b"]
    assert at("t", tree).gone == []


def test_what_another_branch_removed_is_not_gone_here() -> None:
    tree = branch(r=("", "ab"), s=("r", "a"), t=("r", "abc"))
    assert at("t", tree).gone == []
    assert [gone.name for gone in at("s", tree).gone] == ["b"]


def test_a_message_without_an_id_is_gone_under_its_content() -> None:
    before = Checkpoint("a", messages=Marks([Mark("", "hash")]))
    (gone,) = at("b", known([before, Checkpoint("b", "a")])).gone
    assert gone.name == "#hash"


def test_a_path_that_is_not_read_to_its_root_says_so_and_tells_no_beginnings_that_it_does_not_know() -> None:
    cut = known(checkpoint for checkpoint in HISTORY.checkpoints if checkpoint.id > "b")
    assert at("e").whole
    found = at("e", cut)
    assert not found.whole
    assert lives("e", cut) == {"plan": (None, None, "f"), "draft": (None, "d", None), "asked": (None, "e", None)}
    assert found.path.checkpoints == 3
    oldest = known([Checkpoint("c", "unread", messages=marks("ab")), Checkpoint("d", "c", messages=marks("a"))])
    assert [(gone.name, gone.introduced) for gone in at("d", oldest).gone] == [("b", None)]


def test_a_step_that_the_deployment_does_not_number_is_told_without_one() -> None:
    (channel,) = at("a", known([Checkpoint("a", channels=held(x=("1", 1)))])).channels
    assert channel.life.introduced == Event("a", None, "checkpoint", "")


@given(lived(20))
@settings(max_examples=60)
def test_the_facts_agree_with_the_states_on_the_path(checkpoints: list[Checkpoint]) -> None:
    spine = known(checkpoints)
    tree = spine.tree
    for checkpoint in checkpoints:
        found, path = facts(spine, checkpoint), tree.path(checkpoint.id)
        assert {channel.name: channel.size for channel in found.channels} == {
            name: one.size for name, one in checkpoint.channels.items()
        }
        assert found.size == sum(channel.size for channel in found.channels)
        assert found.whole == (path[0].parent_id is None)
        here, before = {mark.key for mark in checkpoint.messages}, {m.key for c in path for m in c.messages}
        assert {gone.name for gone in found.gone} == before - here
        for gone in found.gone:
            assert gone.last is not None
            assert gone.name in {mark.key for mark in tree.nodes[gone.last].messages}
            assert gone.name not in {mark.key for mark in tree.nodes[gone.removed.id].messages}
        for channel in found.channels:
            if channel.life.removed:
                assert channel.name not in tree.nodes[channel.life.removed.id].channels
                assert channel.life.removed.id > checkpoint.id
        assert found.path.checkpoints == len(path)
