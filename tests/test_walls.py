"""The walls of the house: who imports whom, what templates may hold, what was vendored, what every verb asks first."""

import ast
import hashlib
import re
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse

from studio.access import audit, permissions
from studio.testing import FakeDeployment
from studio.testing import fake_deployment as fake_deployment

ROOT = Path(settings.BASE_DIR)
STUDIO = ROOT / "studio"

FLOORS = (
    {"history", "models"},
    {"web"},
    {"deployments", "access"},
    {"index", "catalog", "settings", "apps"},
    {"live", "workbench"},
    {"urls"},
    {"asgi"},
)
FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
#: What lies beside the floors: the package itself (its version), the migrations of Django's making, and the fake
#: deployment of the tests, which nothing in the house may lean on.
BESIDE = {"", "migrations", "testing"}
#: The workbench is a room with rooms of its own, and what they share beside them.
TABLES = ({""}, {"edits", "graphs"}, {"asking"}, {"running"}, {"page"})
TABLE = {part: number for number, parts in enumerate(TABLES) for part in parts}
#: The one door between two rooms of a floor: a verb wakes the feed, and pages show what was recorded.
DOORS = {("workbench", "live"): {f"studio.live.{name}" for name in ("hub", "recorder", "recording", "replay")}}
CLIENTS = {"httpx", "langgraph_sdk"}
WAITS = {"asyncio", "threading", "socket", "select", "selectors", "subprocess", "urllib", "http", "os", "pathlib", "io"}


def room_of(name: str) -> str:
    """The room of a module of Studio, "" for the package itself."""
    return name.partition(".")[2].partition(".")[0]


def module_name(file: Path) -> str:
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(file: Path) -> Iterator[str]:
    """Every module that a file imports, anywhere in it; what comes from a package counts when it is a module."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file} imports by dots; rooms are named in full"
            source = node.module or ""
            folder = ROOT.joinpath(*source.split("."))
            inner = [alias.name for alias in node.names if _is_module(folder / alias.name)]
            yield from (f"{source}.{name}" for name in inner)
            if len(inner) < len(node.names):
                yield source


def _is_module(path: Path) -> bool:
    return path.with_suffix(".py").exists() or (path / "__init__.py").exists()


FILES = {module_name(file): file for file in sorted(STUDIO.rglob("*.py"))}
IMPORTS = {name: sorted(set(imports(file))) for name, file in FILES.items()}


def crossings() -> Iterator[tuple[str, str]]:
    """(importer, imported) for every import of a module of Studio by one in another room."""
    for name, imported in IMPORTS.items():
        for other in imported:
            if other.partition(".")[0] == "studio" and room_of(other) != room_of(name):
                yield name, other


def outside(room: str) -> Iterator[tuple[str, str]]:
    """(importer, top-level package) for what a room imports from outside."""
    for name, imported in IMPORTS.items():
        if room_of(name) == room:
            yield from ((name, other.partition(".")[0]) for other in imported if other.partition(".")[0] != "studio")


def test_every_module_has_its_room() -> None:
    assert {room_of(name) for name in FILES} <= FLOOR.keys() | BESIDE
    assert len(FILES) > 40, "the walls stand around something"


def test_imports_go_down_or_stay_in_their_room() -> None:
    wrong = [
        f"{name} imports {other}"
        for name, other in crossings()
        if room_of(name) not in BESIDE
        and room_of(other) not in BESIDE
        and FLOOR[room_of(other)] >= FLOOR[room_of(name)]
        and other not in DOORS.get((room_of(name), room_of(other)), ())
    ]
    assert wrong == []


def part_of(name: str) -> str:
    """The part of the workbench that a module is in, "" for what all of them share."""
    part = name.removeprefix("studio.workbench.").partition(".")[0]
    return part if part in TABLE else ""


def test_the_parts_of_the_workbench_are_built_on_each_other() -> None:
    inner = [name for name in IMPORTS if name.startswith("studio.workbench.")]
    wrong = [
        f"{name} imports {other}"
        for name in inner
        for other in IMPORTS[name]
        if room_of(other) == "workbench"
        and part_of(other) != part_of(name)
        and TABLE[part_of(other)] >= TABLE[part_of(name)]
    ]
    assert wrong == []
    folders = {file.parent.name for file in (STUDIO / "workbench").glob("*/*.py")}
    assert folders == set(TABLE) - {""}


def test_nothing_in_the_house_leans_on_the_fake_deployment_or_the_tests() -> None:
    wrong = [f"{name} imports {other}" for name, other in crossings() if room_of(other) == "testing"]
    wrong += [
        f"{name} imports {other}"
        for name, imported in IMPORTS.items()
        for other in imported
        if other.partition(".")[0] in ("tests", "demo", "bench", "pytest", "hypothesis") and room_of(name) != "testing"
    ]
    assert wrong == []


def test_no_rooms_import_each_other_in_a_circle() -> None:
    graph: dict[str, set[str]] = {}
    for name, other in crossings():
        graph.setdefault(room_of(name), set()).add(room_of(other))
    assert len(list(TopologicalSorter(graph).static_order())) > 5


def test_no_modules_import_each_other_in_a_circle() -> None:
    house = FILES.keys() - {name for name in FILES if room_of(name) == "testing"}
    graph = {name: {other for other in IMPORTS[name] if other in house and other != name} for name in house}
    assert len(list(TopologicalSorter(graph).static_order())) == len(house)


def test_history_is_pure() -> None:
    wrong = [f"{name} imports {other}" for name, other in crossings() if room_of(name) == "history"]
    wrong += [
        f"{name} imports {other}"
        for name, other in outside("history")
        if other not in sys.stdlib_module_names or other in WAITS
    ]
    assert wrong == []


def test_only_the_deployments_room_knows_the_backend() -> None:
    wrong = [
        f"{name} imports {other}"
        for name, imported in IMPORTS.items()
        for other in imported
        if other.partition(".")[0] in CLIENTS and room_of(name) not in ("deployments", "testing")
    ]
    assert wrong == []


def test_the_deployments_room_knows_nothing_of_the_web() -> None:
    wrong = [f"{name} imports {other}" for name, other in outside("deployments") if other in ("django", "channels")]
    wrong += [
        f"{name} imports {other}"
        for name, other in crossings()
        if room_of(name) == "deployments" and room_of(other) != "history"
    ]
    assert wrong == []


def test_the_web_room_needs_nothing_but_history() -> None:
    assert [
        (name, other) for name, other in crossings() if room_of(name) == "web" and room_of(other) != "history"
    ] == []


def test_the_access_room_needs_no_other() -> None:
    assert [(name, other) for name, other in crossings() if room_of(name) == "access" and room_of(other) != "web"] == []


def test_live_never_imports_the_workbench() -> None:
    assert [
        (name, other) for name, other in crossings() if room_of(name) == "live" and room_of(other) == "workbench"
    ] == []


TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))


class Watch(HTMLParser):
    """Finds what a strict content policy would refuse."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self._in_script = False
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = dict(attrs)
        self._in_script = tag == "script"
        if tag == "style" or (tag == "script" and not names.get("src")):
            self.found.append(f"<{tag}> without a source")
        for name, value in attrs:
            text = re.sub(r"\s", "", value or "").lower()
            if name == "style" or re.match(r"(data-)?hx-on|on\w+$", name):
                self.found.append(name)
            if text.startswith(("javascript:", "js:")) or "javascript:" in text:
                self.found.append(f"{name}={value}")
            if name in ("hx-vals", "hx-headers", "hx-vars") and "js:" in text:
                self.found.append(f"{name}={value}")
            if name == "hx-trigger" and "[" in text:
                self.found.append(f"{name}={value}, a filter")

    def handle_endtag(self, tag: str) -> None:
        self._in_script = False

    def handle_data(self, data: str) -> None:
        if self._in_script and data.strip():
            self.found.append(f"script: {data.strip()[:40]}")


@pytest.mark.parametrize("file", TEMPLATES, ids=lambda file: str(file.relative_to(ROOT)))
def test_a_template_holds_no_script_and_no_style(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert Watch(text).found == []
    # Once more without a parser: template tags inside of tags may lead one astray.
    assert (
        re.findall(r"(?i)<script(?![^>]*\bsrc=)[^>]*>|\sstyle\s*=|\bhx-on\b|javascript:|\bon[a-z]+\s*=\s*[\"']", text)
        == []
    )


def test_markup_written_in_python_holds_none_either() -> None:
    wrong = [
        f"{name}: {node.value[:60]}"
        for name, file in FILES.items()
        if room_of(name) != "testing"
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and "<" in node.value
        if Watch(node.value).found
    ]
    assert wrong == []


@pytest.mark.parametrize(
    "markup",
    [
        "<script>x</script>",
        '<script type="module">x</script>',
        '<script src="a.js">x</script>',
        "<style>a{}</style>",
        '<p style="color:red">',
        '<p {% if x %}class="a"{% endif %} style="a">',
        '<a href="JavaScript:x">',
        '<b hx-on:click="x">',
        '<b hx-on::after-request="x">',
        '<b onclick="x">',
        "<b hx-vals='js:{a: 1}'>",
        '<b hx-trigger="keyup[ctrlKey]">',
    ],
)
def test_the_watch_sees_what_it_has_to_see(markup: str) -> None:
    assert Watch(markup).found


VENDOR = ROOT / "static" / "vendor"
ENTRY = re.compile(r"^\| ([\w.-]+) \| ([\w.-]+) \| ([\d.]+) \| ([0-9a-f]{64}) \|$", re.MULTILINE)


def test_every_vendored_file_is_the_one_in_the_table() -> None:
    listed = {file: (package, version, digest) for file, package, version, digest in _vendored()}
    files = {f.name for f in VENDOR.iterdir() if f.name != "README.md" and not f.name.startswith("LICENSE.")}
    assert files == listed.keys()
    for file, (_, _, digest) in listed.items():
        assert hashlib.sha256((VENDOR / file).read_bytes()).hexdigest() == digest, file


def test_every_vendored_file_comes_with_its_licence() -> None:
    licences = {file.name.removeprefix("LICENSE.") for file in VENDOR.glob("LICENSE.*")}
    assert {file.partition(".")[0] for file, *_ in _vendored()} == licences


def _vendored() -> list[tuple[str, str, str, str]]:
    found: list[tuple[str, str, str, str]] = ENTRY.findall((VENDOR / "README.md").read_text(encoding="utf-8"))
    assert found
    return found


PLACES = {"deployment": "local", "thread_id": "11111111-2222-4333-8444-555555555555", "run_id": "r1"}
READS = re.compile(
    r"GET |POST /(threads|assistants|runs|store)/(search|count|items/search|namespaces)"
    r"|POST .*/(history|state/checkpoint)$"
)


def addresses() -> dict[str, str]:
    """An address for each named URL."""
    found = {}
    for pattern in get_resolver().url_patterns:
        assert isinstance(pattern, URLPattern)
        assert pattern.name, f"{pattern} has no name"
        wanted = pattern.pattern.converters
        found[pattern.name] = reverse(pattern.name, kwargs={name: PLACES.get(name, "x") for name in wanted})
    return found


def verbs() -> dict[str, str]:
    """The addresses that say themselves that they take a POST: asked in a way that none of them takes."""
    told = {name: Client().generic("PURGE", url) for name, url in addresses().items()}
    return {
        name: addresses()[name]
        for name, answer in told.items()
        if answer.status_code == 405 and "POST" in answer.headers["Allow"]
    }


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, fake_deployment: FakeDeployment) -> list[str]:
    """Permission and audit in the order in which they were asked, with the requests that had been sent by then."""
    notes: list[str] = []
    require, record = permissions.require, audit.record

    def required(*args: object, **facts: object) -> None:
        notes.extend(map(str, fake_deployment.requests))
        notes.append("permission")
        require(*args, **facts)  # type: ignore[arg-type]

    def recorded(*args: object, **facts: object) -> None:
        notes.extend(map(str, fake_deployment.requests))
        notes.append("audit")
        record(*args, **facts)  # type: ignore[arg-type]

    monkeypatch.setattr(permissions, "require", required)
    monkeypatch.setattr(audit, "record", recorded)
    return notes


@pytest.mark.django_db
def test_every_verb_asks_for_permission_then_tells_the_audit_then_acts(
    asked: list[str], fake_deployment: FakeDeployment
) -> None:
    found = verbs()
    assert found.keys() >= {"new-thread", "edit", "send", "rerun", "resume", "fork", "cancel"}
    for name, url in found.items():
        asked.clear()
        fake_deployment.requests.clear()
        Client().post(url, {"assistant": "chat", "input": "x"})
        assert asked == ["permission", "audit"], name


@pytest.mark.django_db
def test_read_only_mode_refuses_every_verb_before_anything_is_sent(
    asked: list[str], fake_deployment: FakeDeployment, settings: object
) -> None:
    settings.STUDIO_READ_ONLY = True  # type: ignore[attr-defined]
    for name, url in verbs().items():
        asked.clear()
        fake_deployment.requests.clear()
        response = Client().post(url, {"assistant": "chat", "input": "x"})
        assert response.status_code == 403, name
        assert "read-only mode" in response.content.decode()
        assert asked == ["permission"], name
        assert fake_deployment.requests == [], name


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_every_other_address_only_reads_whatever_the_method(method: str, fake_deployment: FakeDeployment) -> None:
    fake_deployment.new_thread({"graph_id": "chat"}, PLACES["thread_id"])
    takers = verbs() if method == "post" else {}
    for name, url in addresses().items():
        if name in takers:
            continue
        fake_deployment.requests.clear()
        getattr(Client(raise_request_exception=False), method)(url, {"assistant": "chat"})
        assert [str(seen) for seen in fake_deployment.requests if not READS.match(str(seen))] == [], name
