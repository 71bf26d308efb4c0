"""Reading our own pages in tests: a parsed page, and the few questions that tests ask of it."""

import re
from html.parser import HTMLParser
from typing import Any

VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


class Element:
    """An element with its attributes, children and text."""

    def __init__(self, tag: str, attributes: dict[str, str]) -> None:
        self.tag, self.attributes = tag, attributes
        self.children: list[Element | str] = []

    def __getitem__(self, name: str) -> str:
        return self.attributes[name]

    @property
    def text(self) -> str:
        """All text below, with white space made single."""
        return " ".join("".join(self._texts()).split())

    def all(self, **wanted: Any) -> "list[Element]":
        """Elements below with these attributes (`data_role="ai"`; `True`: whatever its value; `tag`: the name)."""
        found = []
        for child in self.children:
            if isinstance(child, Element):
                found += [child] if child._fits(wanted) else []
                found += child.all(**wanted)
        return found

    def one(self, **wanted: Any) -> "Element":
        """The only such element."""
        found = self.all(**wanted)
        assert len(found) == 1, f"{len(found)} elements with {wanted}"
        return found[0]

    def _fits(self, wanted: dict[str, Any]) -> bool:
        return all(
            self.tag == value
            if name == "tag"
            else (key := name.rstrip("_").replace("_", "-")) in self.attributes
            and value in (True, self.attributes[key])
            for name, value in wanted.items()
        )

    def _texts(self) -> list[str]:
        return [child if isinstance(child, str) else "".join(child._texts()) for child in self.children]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open = [Element("", {})]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        if any(element.tag == tag for element in self.open[1:]):
            while self.open.pop().tag != tag:
                pass

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def read(response: Any) -> Element:
    """The page in a response."""
    reader = _Reader()
    reader.feed(response.content.decode())
    return reader.open[0]


def form_of(page: Element, button: str) -> tuple[str, dict[str, str]]:
    """Address and fields of the form with this button, as a browser would send them by a click on it."""
    for form in page.all(tag="form"):
        for pressed in form.all(tag="button"):
            if re.fullmatch(re.escape(button), pressed.text):
                fields = _fields(form)
                if "name" in pressed.attributes:
                    fields[pressed["name"]] = pressed.attributes.get("value", "")
                return form["action"], fields
    raise AssertionError(f"no form has a button “{button}”")


def way_of(page: Element, button: str) -> tuple[str, dict[str, list[str]]]:
    """The same of a button that stands below its form, whose fields are all hidden."""
    (pressed,) = [one for one in page.all(tag="button", form=True) if one.text == button]
    form = page.one(tag="form", id=pressed["form"])
    fields: dict[str, list[str]] = {}
    for field in [*form.all(type="hidden"), pressed]:
        fields.setdefault(field["name"], []).append(field["value"])
    fields.pop("csrfmiddlewaretoken", None)
    return form["action"], fields


def _fields(form: Element) -> dict[str, str]:
    fields: dict[str, str] = {}
    for field in form.all(name=True):
        name, kind = field["name"], field.attributes.get("type", "text")
        if field.tag == "textarea":
            fields[name] = "".join(field._texts()).removeprefix("\n")
        elif field.tag == "select":
            options = field.all(tag="option")
            chosen = next((o for o in options if "selected" in o.attributes), options[0] if options else None)
            fields[name] = chosen.attributes.get("value", chosen.text) if chosen else ""
        elif field.tag == "input" and (kind not in ("radio", "checkbox") or "checked" in field.attributes):
            fields[name] = field.attributes.get("value", "")
    fields.pop("csrfmiddlewaretoken", None)
    return fields
