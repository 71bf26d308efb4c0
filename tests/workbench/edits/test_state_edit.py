"""The editor of a state: what it shows, what it foretells, what it writes, and that nothing typed is lost."""

import json
import logging
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import AsyncClient, Client, override_settings

from studio.deployments import schemas
from studio.deployments.kept import Kept
from studio.testing import FakeDeployment, FakeThread, Habits, append, drop, playing
from studio.testing.exchange import Refused
from tests.support.pages import Element, form_of, read

pytestmark = pytest.mark.django_db(transaction=True)
HX = {"HX-Request": "true"}
FORM = "application/x-www-form-urlencoded"
HOSTILE = '"><script>alert(1)</script>{{ 7|add:1 }}&amp;'


def editor(client: Client, thread: FakeThread, checkpoint: str = "", **more: str) -> Element:
    """The form for a state (default: the head)."""
    asked = {"checkpoint": checkpoint or thread.head.id, **more}
    answer = client.get(f"/d/local/threads/{thread.id}/state/edit/", asked)
    assert answer.status_code == 200
    return read(answer)


def press(client: Client, page: Element, button: str, typed: dict[str, Any] | None = None, **more: str) -> Any:
    """Press a button of the form after typing texts, or values as JSON, into channels."""
    address, fields = form_of(page, button)
    for name, value in (typed or {}).items():
        fields[f"channel-{name}"] = value if isinstance(value, str) else json.dumps(value)
    return client.post(address, fields | more, follow=True)


def text(page: Element, name: str) -> str:
    """What stands in the field of a channel."""
    return "".join(page.one(name=f"channel-{name}")._texts()).removeprefix("\n")


def logging_thread(fake: FakeDeployment, **values: Any) -> FakeThread:
    """A thread of a graph with a list that grows, a guarded channel and one without a reducer; its run has ended."""

    def guarded(old: Any, new: Any) -> Any:
        if new == "boom":
            raise Refused(500, "Internal Server Error")
        return new

    if "logging" not in fake.graphs:
        nodes: Any = {"work": lambda known: {"log": ["worked"], "n": 1}, "rest": lambda known: {"log": ["rested"]}}
        fake.add_graph("logging", nodes, reducers={"log": append, "once": drop, "fuse": guarded})
    thread = fake.new_thread({"graph_id": "logging"})
    fake.run(thread, {"log": ["asked"], "once": "first", **values}, "logging", config={"configurable": {"user": "u"}})
    return thread


SCHEMA: Any = {
    "properties": {
        "note": {"type": "string", "description": "What is <b>noted</b>"},
        "n": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
        "sure": {"type": "boolean"},
        "tone": {"enum": ["dry", HOSTILE]},
        "log": {"type": "array", "items": {"type": "string"}},
    }
}


def typed_thread(fake: FakeDeployment, monkeypatch: pytest.MonkeyPatch, schema: Any = SCHEMA) -> FakeThread:
    """A thread whose state has a schema."""
    monkeypatch.setattr(schemas, "_kept", Kept(60, 9))
    fake.faults.answer_with("/schemas", {"state_schema": schema})
    return logging_thread(fake, note="first\nsecond", tone="dry")


def states_of(thread: FakeThread) -> list[str]:
    return [checkpoint.id for checkpoint in thread.checkpoints]


def verdicts(page: Element) -> str:
    return page.one(id="verdicts").text


def test_each_channel_has_a_field_with_its_value_and_what_the_schema_says_of_it(
    client: Client, fake_deployment: FakeDeployment
) -> None:
    thread = logging_thread(fake_deployment, n={"deep": [1, 12000000000000000001, True, "ä"]})
    page = editor(client, thread, thread.checkpoints[1].id)
    assert json.loads(text(page, "n")) == {"deep": [1, 12000000000000000001, True, "ä"]}
    assert text(page, "log") == '[\n  "asked"\n]'
    assert "array" in page.one(data_channel="log").text
    assert [option.text for option in page.one(name="as_node").all(tag="option")] == [
        "the input → work",
        "work → rest",
        "rest → end",
    ]
    head = editor(client, thread)
    assert head.one(name="as_node").all(tag="option")[0].text == "rest, the last node that wrote → end"
    assert head.one(name="checkpoint")["value"] == thread.head.id


def test_a_channel_is_given_by_a_control_of_its_kind_or_as_json(
    client: Client, fake_deployment: FakeDeployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    thread = typed_thread(fake_deployment, monkeypatch)
    page = editor(client, thread)
    fields = form_of(page, "Preview")[1]
    typed = {name: text for name, text in fields.items() if name.startswith(("text-", "as-"))}
    assert typed == {
        **{"text-note": "first\nsecond", "as-note": "form", "text-n": "1", "as-n": "form"},
        **{"text-sure": "", "as-sure": "null", "text-tone": '"dry"', "as-tone": "form"},
    }
    assert page.one(name="text-note").tag == "textarea"
    assert [o["value"] for o in page.one(name="text-tone").all(tag="option")] == ['"dry"', json.dumps(HOSTILE)]
    assert "What is <b>noted</b>" in page.one(tag="details", data_channel="note").text
    switch = page.one(tag="details", data_channel="n").one(role="radiogroup")
    assert [label.text for label in switch.all(tag="label")] == ["Form", "JSON", "Not set"]
    listed = page.one(tag="details", data_channel="log")
    assert (listed.all(type="radio"), '["…", …]' in listed.text) == ([], True)
    assert json.loads(listed.one(tag="pre").text) == SCHEMA["properties"]["log"]


def test_what_is_typed_into_the_controls_is_previewed_and_written_and_nothing_else(
    client: Client, fake_deployment: FakeDeployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    thread = typed_thread(fake_deployment, monkeypatch)
    form = {"text-note": "third\r\nline", "as-n": "null", "as-sure": "form", "text-sure": "true"}
    page = read(press(client, editor(client, thread), "Preview", None, **form))
    assert verdicts_of(page) == ["note as meant", "n as meant", "sure as meant"]
    assert json.loads(text(page, "note")) == "third\nline"
    press(client, page, "Save only", None, **{"text-tone": json.dumps(HOSTILE)})
    sent = fake_deployment.seen(f"POST /threads/{thread.id}/state")[0].json["values"]
    assert sent == {"note": "third\nline", "n": None, "sure": True, "tone": HOSTILE}


def verdicts_of(page: Element) -> list[str]:
    return [line.text for line in page.one(aria_label="Preview").one(class_="verdictlist").all(tag="li")]


def test_a_wrong_type_gets_its_sentence_beside_its_field_and_the_form_keeps_everything(
    client: Client, fake_deployment: FakeDeployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    thread = typed_thread(fake_deployment, monkeypatch)
    form = {"text-n": "many", "text-note": "typed", "channel-note": "{half", "as-tone": "json", "channel-tone": "7"}
    answer = press(client, editor(client, thread), "Save only", None, **form)
    assert answer.status_code == 422
    page = read(answer)
    wrong = page.one(tag="details", data_channel="n")
    assert "“n” has to be a whole number." in wrong.one(role="alert").text
    assert page.one(name="text-n")["aria-invalid"] == "true"
    again = form_of(page, "Save only")[1]
    assert {name: again[name] for name in form} == form
    assert "The schema says" in page.one(tag="details", data_channel="tone").text
    assert len(thread.checkpoints) == 4


def test_json_of_a_type_that_the_schema_does_not_know_is_written_all_the_same(
    client: Client, fake_deployment: FakeDeployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    thread = typed_thread(fake_deployment, monkeypatch)
    page = read(press(client, editor(client, thread), "Preview", {"n": '"many"'}, **{"as-n": "json"}))
    assert "The schema says integer or null." in page.one(tag="details", data_channel="n").text
    press(client, page, "Save only")
    assert thread.head.values["n"] == "many"
    lies = form_of(editor(client, thread), "Preview")[1]
    assert (lies["as-n"], lies["channel-n"], lies["text-n"]) == ("json", '"many"', "")


def test_a_form_with_controls_in_which_nothing_was_changed_writes_nothing(
    client: Client, fake_deployment: FakeDeployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    thread = typed_thread(fake_deployment, monkeypatch)
    address, fields = form_of(editor(client, thread), "Save only")
    sent = {name: text.replace("\n", "\r\n") for name, text in fields.items()}
    answer = client.post(address, urlencode(sent), content_type=FORM)
    assert (answer.status_code, len(thread.checkpoints)) == (422, 4)
    assert "Nothing is different" in read(answer).text


def test_a_thread_without_runs_is_described_by_its_graph(client: Client, fake_deployment: FakeDeployment) -> None:
    logging_thread(fake_deployment)
    thread = fake_deployment.new_thread({"graph_id": "logging"})
    fake_deployment.grow(thread, 1, {"log": ["copied"]})
    page = editor(client, thread)
    assert "array" in page.one(data_channel="log").text
    assert page.one(name="as_node").all(tag="option")[1].text == "work → rest"


def test_without_the_graph_the_nodes_are_those_that_ran_by_their_names(
    client: Client, fake_deployment: FakeDeployment
) -> None:
    thread = logging_thread(fake_deployment)
    another = fake_deployment.add_assistant("other", "logging")
    fake_deployment.run(thread, {"log": ["again"]}, another)
    fake_deployment.faults.fail("/graph")
    options = [option.text for option in editor(client, thread).one(name="as_node").all(tag="option")]
    assert (options[0], sorted(options[1:])) == ("rest, the last node that wrote", ["rest", "work"])


def test_only_the_channels_that_differ_are_sent_and_what_followed_stays(
    client: Client, fake_deployment: FakeDeployment
) -> None:
    thread = logging_thread(fake_deployment)
    before, base = states_of(thread), thread.checkpoints[2]
    page = press(client, editor(client, thread, base.id), "Save only", {"n": 5})
    made = thread.head
    assert states_of(thread)[:-1] == before
    assert (made.parent_id, made.source, made.next) == (base.id, "update", ("rest",))
    assert made.values == base.values | {"n": 5}
    assert fake_deployment.seen(f"POST /threads/{thread.id}/state")[0].json["values"] == {"n": 5}
    assert page.redirect_chain[-1][0].endswith(f"?checkpoint={made.id}")
    assert "Saved – n: as meant." in verdicts(read(page))
    assert len(fake_deployment.runs) == 1
    assert [*fake_deployment.threads] == [thread.id]


def test_save_and_run_goes_on_with_the_configuration_of_the_run_before(
    client: Client, fake_deployment: FakeDeployment
) -> None:
    thread = logging_thread(fake_deployment)
    page = press(client, editor(client, thread, thread.checkpoints[2].id), "Save and run", {"log": ["mine"]})
    assert thread.head.values["log"] == ["mine", "rested"]
    sent = fake_deployment.seen(f"POST /threads/{thread.id}/runs")[-1].json
    made = next(c for c in thread.checkpoints if c.source == "update")
    assert (sent["checkpoint"], "input" in sent) == ({"checkpoint_id": made.id}, False)
    assert sent["config"] == {"configurable": {"user": "u"}}
    assert page.redirect_chain[-1][0] == f"/d/local/threads/{thread.id}/"


def test_nothing_runs_where_nothing_follows(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = logging_thread(fake_deployment)
    told = verdicts(read(press(client, editor(client, thread), "Save and run", {"n": 5})))
    assert "nothing follows this state" in told
    assert len(fake_deployment.runs) == 1


def test_a_run_that_does_not_start_leaves_the_change_saved(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = logging_thread(fake_deployment)
    page = editor(client, thread, thread.checkpoints[2].id)
    fake_deployment.faults.fail(f"POST /threads/{thread.id}/runs", 409)
    told = verdicts(read(press(client, page, "Save and run", {"n": 5})))
    assert "n: as meant" in told
    assert "the run did not start" in told
    assert thread.head.values["n"] == 5


@pytest.mark.parametrize(
    ("typed", "word", "how"),
    [
        ({"log": ["asked", "worked", "rested", "more"]}, "as meant", "only what is new at its end is sent"),
        ({"log": ["mine"]}, "as meant", "written past its reducer"),
        ({"n": {"a": True}}, "as meant", ""),
    ],
)
def test_the_preview_foretells_what_saving_does(
    typed: dict[str, Any], word: str, how: str, client: Client, fake_deployment: FakeDeployment
) -> None:
    thread = logging_thread(fake_deployment)
    count, ((name, value),) = len(thread.checkpoints), typed.items()
    page = read(press(client, editor(client, thread), "Preview", typed))
    (line,) = page.one(aria_label="Preview").all(tag="li")
    assert (word in line.text, how in line.text) == (True, True)
    assert "Then: end" in page.one(aria_label="Preview").text
    assert [section["data-channel"] for section in page.one(aria_label="Preview").all(data_channel=True)] == [name]
    assert (len(thread.checkpoints), [*fake_deployment.threads]) == (count, [thread.id])
    assert json.loads(text(page, name)) == value
    assert "changed" in page.one(tag="details", data_channel=name).text
    press(client, page, "Save only")
    assert thread.head.values[name] == value


def test_the_preview_says_what_runs_next_in_the_name_of_another_node(
    client: Client, fake_deployment: FakeDeployment
) -> None:
    thread = logging_thread(fake_deployment)
    page = read(press(client, editor(client, thread), "Preview", as_node="work"))
    told = page.one(aria_label="Preview").text
    assert "Then: rest instead of end" in told
    assert "The values stay as they are." in told
    assert form_of(page, "Save only")[1]["as_node"] == "work"
    press(client, page, "Save only")
    assert (thread.head.next, thread.head.wrote) == (("rest",), ("work",))


def test_a_preview_that_is_refused_says_so(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = logging_thread(fake_deployment)
    page = read(press(client, editor(client, thread), "Preview", {"fuse": '"boom"'}))
    assert "The deployment would not take this." in page.one(aria_label="Preview").text
    assert "boom" in text(page, "fuse")
    assert [*fake_deployment.threads] == [thread.id]


def test_where_nothing_can_be_tried_the_page_says_so_and_the_verdict_comes_afterwards(client: Client) -> None:
    fake = FakeDeployment(habits=Habits(builds=False))
    with playing(fake):
        thread = logging_thread(fake)
        page = read(press(client, editor(client, thread), "Preview", {"log": ["mine"]}))
        assert "could not be tried out" in page.one(aria_label="Preview").text
        assert page.one(aria_label="Preview").all(tag="li") == []
        told = read(press(client, page, "Save and run"))
        assert "log: added to what was there" in verdicts(told)
        assert "Nothing was run, because the state is not what was meant." in verdicts(told)
        assert thread.head.values["log"] == ["asked", "worked", "rested", "mine"]
        assert ([*fake.threads], len(fake.runs)) == ([thread.id], 1)


@pytest.mark.parametrize("verb", ["Save only", "Save and run"])
def test_what_the_schema_does_not_know_is_written_when_it_is_saved_again(
    verb: str, client: Client, fake_deployment: FakeDeployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    thread = typed_thread(fake_deployment, monkeypatch)
    count = len(thread.checkpoints)
    refused = press(client, editor(client, thread), verb, {"n": "five"}, **{"as-n": "json", "channel-n": '"five"'})
    page = read(refused)
    assert (refused.status_code, len(thread.checkpoints)) == (422, count)
    assert "The schema says otherwise of n." in page.one(id="stateform").text
    assert "The schema says integer or null." in page.text
    assert text(page, "n") == '"five"'
    press(client, page, verb)
    assert thread.checkpoints[count].values["n"] == "five"


@pytest.mark.parametrize(
    ("typed", "kind"),
    [({"log": ["mine"]}, "added to what was there"), ({"once": '"second"'}, "it is as it was before")],
)
def test_what_a_reducer_made_of_it_is_never_called_meant(
    typed: dict[str, Any], kind: str, client: Client, fake_deployment: FakeDeployment
) -> None:
    thread = logging_thread(fake_deployment)
    page = editor(client, thread)
    fake_deployment.faults.fail(r"POST /threads$")  # nothing can be foretold, so no way around is found
    told = verdicts(read(press(client, page, "Save only", typed, odd="once")))
    assert kind in told
    assert "as meant" not in told


def test_a_write_that_cannot_be_read_back_is_not_called_unwritten(
    client: Client, fake_deployment: FakeDeployment
) -> None:
    thread = logging_thread(fake_deployment)
    page, known = editor(client, thread), "|".join(states_of(thread))
    fake_deployment.faults.fail(f"GET /threads/{thread.id}/state/(?!{known})", 500, times=2)
    told = verdicts(read(press(client, page, "Save and run", {"n": 5})))
    assert "Written, but the new checkpoint could not be read back" in told
    assert (thread.head.values["n"], len(fake_deployment.runs)) == (5, 1)


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ('{"a": 1,\n "b": }', "line 2, column 7"),
        ("[1, 2", "line 1, column 6"),
        ("yes", "line 1, column 1"),
        ("NaN", "holds NaN"),
        ('"\\ud800"', "half a character"),
        ("9" * 5000, "a number that is too long"),
    ],
)
def test_what_is_no_json_is_told_with_its_place_beside_its_field_and_kept(
    typed: str, problem: str, client: Client, fake_deployment: FakeDeployment
) -> None:
    thread = logging_thread(fake_deployment)
    answer = press(client, editor(client, thread), "Save only", {"n": typed, "log": '["kept"]'}, as_node="work")
    assert answer.status_code == 422
    page = read(answer)
    assert problem in page.one(tag="details", data_channel="n").one(role="alert").text
    assert page.one(name="channel-n")["aria-invalid"] == "true"
    assert (text(page, "n"), text(page, "log")) == (typed, '["kept"]')
    assert "open" in page.one(tag="details", data_channel="n").attributes
    assert form_of(page, "Save only")[1]["as_node"] == "work"
    assert len(thread.checkpoints) == 4


def test_a_form_in_which_nothing_was_changed_writes_nothing(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = logging_thread(fake_deployment, n=[1.0, 1, True, None, "\r\n", 12000000000000000001])
    for button in ("Preview", "Save only", "Save and run"):
        answer = press(client, editor(client, thread, thread.checkpoints[1].id), button)
        assert answer.status_code == 422
        assert "Nothing is different" in read(answer).text
    assert len(thread.checkpoints) == 4


def test_true_is_not_one(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = logging_thread(fake_deployment)
    assert thread.head.values["n"] == 1
    assert "n: as meant" in verdicts(read(press(client, editor(client, thread), "Save only", {"n": True})))
    assert thread.head.values["n"] is True


@pytest.mark.parametrize(
    ("happens", "arguments", "status"),
    [
        ("fail", (409,), 409),
        ("fail", (422, {"detail": "because of reasons"}), 422),
        ("fail", (500,), 502),
        ("fail", (503,), 502),
        ("refuse", (), 502),
        ("slow", (), 504),
        ("drop", (None,), 502),
    ],
)
@pytest.mark.parametrize("hx", [False, True], ids=["plain", "htmx"])
def test_a_write_that_is_refused_gives_back_what_was_typed(
    happens: str, arguments: tuple[Any, ...], status: int, hx: bool, client: Client, fake_deployment: FakeDeployment
) -> None:
    thread = logging_thread(fake_deployment)
    address, fields = form_of(editor(client, thread), "Save and run")
    getattr(fake_deployment.faults, happens)(f"POST /threads/{thread.id}/state", *arguments)
    answer = client.post(address, fields | {"channel-n": "[7]", "as_node": "work"}, headers=HX if hx else {})
    page = read(answer)
    assert answer.status_code == status
    assert (text(page, "n"), form_of(page, "Save only")[1]["as_node"]) == ("[7]", "work")
    assert ("not certain" in page.text) == (status in (500, 504) or happens == "drop" or arguments == (500,))
    assert ("because of reasons" in page.text) == (status == 422)
    assert ("<html" in answer.content.decode()) == (not hx)
    assert ([*fake_deployment.threads], len(thread.checkpoints)) == ([thread.id], 4)


def test_a_busy_thread_refuses_the_write(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = logging_thread(fake_deployment)
    page = editor(client, thread)
    fake_deployment.hold()
    fake_deployment.start_run(thread, {"assistant_id": "logging", "input": {"log": ["again"]}})
    answer = press(client, page, "Save only", {"n": "[7]"})
    assert (answer.status_code, text(read(answer), "n")) == (409, "[7]")
    assert "A run is active" in read(answer).text


@pytest.mark.parametrize("gone", ["the checkpoint", "the thread", "the deployment"])
@pytest.mark.parametrize("button", ["Preview", "Save only"])
@pytest.mark.parametrize("hx", [False, True], ids=["plain", "htmx"])
def test_what_was_typed_is_still_there_when_the_state_is_gone(
    gone: str, button: str, hx: bool, client: Client, fake_deployment: FakeDeployment
) -> None:
    thread = logging_thread(fake_deployment)
    address, fields = form_of(editor(client, thread, thread.checkpoints[2].id), button)
    if gone == "the checkpoint":
        thread.remove({thread.checkpoints[2].id})
    elif gone == "the thread":
        del fake_deployment.threads[thread.id]
    else:
        fake_deployment.faults.refuse()
    typed = {"channel-log": '["a long thought"]', "channel-n": "{not json", "as_node": "work"}
    answer = client.post(address, fields | typed, headers=HX if hx else {})
    page = read(answer)
    assert answer.status_code == (502 if gone == "the deployment" else 404)
    assert (text(page, "log"), text(page, "n")) == ('["a long thought"]', "{not json")
    assert "Nothing was written" in page.one(role="alert").text
    again, kept = form_of(page, button)
    assert (again, kept["checkpoint"], kept["as_node"]) == (address, fields["checkpoint"], "work")
    fake_deployment.faults.mend()
    if gone == "the deployment":
        answer = client.post(again, kept | {"channel-n": "2", "verb": "save"}, follow=True)
        assert thread.head.values["n"] == 2


def test_a_form_for_what_does_not_exist_is_not_found(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = logging_thread(fake_deployment)
    for path, asked in ((thread.id, "nope"), ("00000000-0000-4000-8000-000000000000", "")):
        answer = client.get(f"/d/local/threads/{path}/state/edit/", {"checkpoint": asked})
        assert answer.status_code == 404
    empty = fake_deployment.new_thread({"graph_id": "logging"})
    assert client.get(f"/d/local/threads/{empty.id}/state/edit/").status_code == 404


def test_a_large_channel_is_opened_by_itself_and_left_alone_until_then(
    client: Client, fake_deployment: FakeDeployment
) -> None:
    thread = logging_thread(fake_deployment)
    large = ["x" * 1000] * 120
    fake_deployment.grow(thread, 1, {"n": large})
    page = editor(client, thread)
    assert page.all(name="channel-n") == []
    (closed,) = (div for div in page.all(tag="div", id=True) if div["id"].startswith("channel-"))
    assert "n 118 KB" in closed.text
    press(client, page, "Save only", {"log": ["mine"]})
    assert (thread.head.values["n"], thread.head.values["log"]) == (large, ["mine"])
    opened = editor(client, thread, open="n")
    assert json.loads(text(opened, "n")) == large
    assert "open" in opened.one(tag="details", data_channel="n").attributes
    link = next(a for a in page.all(tag="a") if a.text == "Edit this channel")
    part = read(client.get(link["hx-get"], headers=HX))
    assert json.loads(text(part, "n")) == large
    assert part.one(id=link["hx-select"].removeprefix("#"))["data-channel"] == "n"
    press(client, opened, "Save only", {"n": large[1:]})
    assert thread.head.values["n"] == large[1:]


def test_small_channels_are_open_from_the_start_unless_there_are_many(
    client: Client, fake_deployment: FakeDeployment
) -> None:
    thread = logging_thread(fake_deployment)
    fake_deployment.grow(thread, 1, {"n": "x" * 1000})

    def opened() -> set[str]:
        return {d["data-channel"] for d in editor(client, thread).all(tag="details", open=True, data_channel=True)}

    assert opened() == {"log", "once", "fuse"}
    fake_deployment.grow(thread, 1, {f"more-{number}": number for number in range(12)})
    assert opened() == set()


@pytest.mark.parametrize("name", [HOSTILE, "with space", "a.b[0]", "ä/%20", "two\nlines", "csrfmiddlewaretoken"])
def test_hostile_names_and_values_are_shown_as_they_are_and_written_to_the_letter(
    name: str, client: Client, fake_deployment: FakeDeployment
) -> None:
    thread = logging_thread(fake_deployment)
    fake_deployment.grow(thread, 1, {name: "</textarea><script>alert(2)</script>", "n": HOSTILE})
    page = editor(client, thread)
    address, fields = form_of(page, "Preview")
    assert page.all(tag="script", src=False) == []
    assert json.loads(fields[f"channel-{name}"]) == "</textarea><script>alert(2)</script>"
    sent = f"channel-{name}".replace("\n", "\r\n")  # as browsers send it
    typed = {sent: '"</textarea><script>alert(3)</script>"', "channel-n": f'"{HOSTILE[2:]}"'}
    seen = client.post(address, urlencode(fields | typed), content_type=FORM)
    assert "<script>alert" not in seen.content.decode()
    saved = client.post(address, urlencode(fields | typed | {"verb": "save"}), content_type=FORM, follow=True)
    assert "<script>alert" not in saved.content.decode()
    assert (thread.head.values[name], thread.head.values["n"]) == ("</textarea><script>alert(3)</script>", HOSTILE[2:])


def test_the_verdicts_on_a_hundred_channels_fit_into_what_carries_them(
    client: Client, fake_deployment: FakeDeployment
) -> None:
    thread = logging_thread(fake_deployment)
    names = [sha256(str(number).encode()).hexdigest() for number in range(100)]
    fake_deployment.grow(thread, 1, dict.fromkeys(names, 1))
    told = verdicts(read(press(client, editor(client, thread), "Save only", dict.fromkeys(names, 2))))
    assert "and 95 more" in told
    assert all(thread.head.values[name] == 2 for name in names)


def test_a_form_without_schema_or_nodes_works(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = logging_thread(fake_deployment)
    fake_deployment.faults.fail("GET /assistants/")
    page = editor(client, thread)
    press(client, page, "Save only", {"n": 5})
    assert thread.head.values["n"] == 5


def test_an_ambiguous_writer_leads_to_the_choice(client: Client, fake_deployment: FakeDeployment) -> None:
    nodes: Any = {name: lambda values: {} for name in ("left", "right")}
    fake_deployment.add_graph("wide", nodes, steps=(("left", "right"),))
    thread = fake_deployment.add_thread(graph_id="wide")
    fake_deployment.run(thread, {"n": 1}, "wide")
    page = editor(client, thread)
    assert page.one(name="as_node").all(tag="option")[0].text == "the node that wrote last"
    seen = read(press(client, page, "Preview", {"n": 2}))
    assert "It is not known which node wrote last" in seen.one(aria_label="Preview").text
    fake_deployment.faults.fail(f"POST /threads/{thread.id}/state", 400, {"detail": "Ambiguous update"}, times=1)
    refused = press(client, page, "Save only", {"n": 2})
    assert "Ambiguous update" in read(refused).one(role="alert").text
    press(client, read(refused), "Save only", as_node="right")
    assert (thread.head.values["n"], thread.head.wrote) == (2, ("right",))


def test_htmx_gets_the_form_in_place_and_leaves_once_it_is_written(
    client: Client, fake_deployment: FakeDeployment
) -> None:
    thread = logging_thread(fake_deployment)
    address, fields = form_of(editor(client, thread), "Preview")
    seen = client.post(address, fields | {"channel-n": "5"}, headers=HX)
    assert "<html" not in seen.content.decode()
    assert "Then: end" in read(seen).one(id="stateform").text
    saved = client.post(address, fields | {"channel-n": "5", "verb": "save"}, headers=HX)
    assert saved.status_code == 204
    assert saved["HX-Redirect"] == f"/d/local/threads/{thread.id}/?checkpoint={thread.head.id}"


@pytest.mark.parametrize("hx", [False, True], ids=["plain", "htmx"])
def test_read_only_writes_and_tries_nothing(hx: bool, client: Client, fake_deployment: FakeDeployment) -> None:
    thread = logging_thread(fake_deployment)
    address, fields = form_of(editor(client, thread), "Preview")
    with override_settings(STUDIO_READ_ONLY=True):
        for verb in ("preview", "save", "run"):
            asked = fields | {"channel-n": "5", "verb": verb}
            answer = client.post(address, asked, headers=HX if hx else {})
            assert answer.status_code == 403
            assert "read-only" in read(answer).text
        shown = editor(client, thread)
        assert [b.text for b in shown.one(id="stateform").all(tag="button")] == []
        assert "read-only" in shown.one(id="stateform").text
    assert (len(thread.checkpoints), fake_deployment.seen("POST /threads/" + thread.id + "/state")) == (4, [])
    assert fake_deployment.seen("POST /threads?") + fake_deployment.seen("DELETE") == []


def test_each_verb_is_in_the_audit_with_ids_and_without_contents(
    client: Client, fake_deployment: FakeDeployment, caplog: pytest.LogCaptureFixture
) -> None:
    thread = logging_thread(fake_deployment)
    base = thread.head.id
    with caplog.at_level(logging.INFO, "studio.audit"):
        page = read(press(client, editor(client, thread), "Preview", {"n": '"secret"'}))
        press(client, page, "Save only")
    entries = [json.loads(r.message) for r in caplog.records if r.name == "studio.audit"]
    assert [(e["verb"], e["thread_id"], e["checkpoint_id"]) for e in entries] == [
        ("state.preview", thread.id, base),
        ("state.edit", thread.id, base),
    ]
    assert "secret" not in str(entries)


async def test_the_async_client_gets_the_same(async_client: AsyncClient, fake_deployment: FakeDeployment) -> None:
    thread = logging_thread(fake_deployment)
    path = f"/d/local/threads/{thread.id}/state/edit/"
    address, fields = form_of(read(await async_client.get(path)), "Preview")
    assert fields["checkpoint"] == thread.head.id
    seen = await async_client.post(address, fields | {"channel-log": '["mine"]'})
    assert "written past its reducer" in read(seen).one(aria_label="Preview").text
    saved = await async_client.post(address, fields | {"channel-log": '["mine"]', "verb": "save"})
    assert (saved.status_code, thread.head.values["log"]) == (303, ["mine"])
    assert [*fake_deployment.threads] == [thread.id]
