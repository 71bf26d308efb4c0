"""How a run is started: the options of the send form, parsed once. Errors are sentences for people."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from django.http import QueryDict

from studio.deployments.assistants import Version
from studio.deployments.starts import DURABILITIES, EVERY_MODE, STRATEGIES, STREAM_MODES, Start
from studio.history.model import Json
from studio.workbench.forms import parse_json

HOW = {"watch": "and watch it", "background": "in the background", "wait": "and wait for its end"}
OFFERED = {"hows": HOW, "durabilities": DURABILITIES, "modes": EVERY_MODE, "always": STREAM_MODES}
"""What the templates of the form offer."""
NAME = re.compile(r'\s*"([^"]+)"\s*(?=,|$)|[^,]+')
"""A name in a list of nodes; one that has a comma itself stands in quotes."""
LONGEST_NUMBER = 12
LONGEST_DELAY = 7 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Options:
    """What the person chose beside the input; what is None or "" is left as the run before had it. `how`: one of
    HOW; `version`: that of the assistant, None for the latest; `erase`: they have seen what the strategy rollback
    removes."""

    how: str = "watch"
    version: int | None = None
    strategy: str = "reject"
    erase: bool = False
    config: Mapping[str, Json] | None = None
    context: Mapping[str, Json] | None = None
    metadata: Mapping[str, Json] = field(default_factory=dict)
    modes: tuple[str, ...] = STREAM_MODES
    subgraphs: bool = True
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    durability: str = ""
    recursion_limit: int | None = None
    delay: int = 0
    webhook: str = ""

    def applied(self, start: Start, version: Version | None = None) -> Start:
        """The start with these options; config and context typed here take the place of those of the run before, or go
        over those of an older `version` of the assistant, which do so too."""
        if version is not None:
            start = replace(start, config=self._of_version(version, start), context={})
        typed = version is None and (self.config is not None or self.context is not None)
        config = dict(self.config or {} if typed else start.config)
        if self.recursion_limit is not None:
            config["recursion_limit"] = self.recursion_limit
        context = dict(self.context or {} if typed else start.context)
        if context and self.recursion_limit is not None and self.context is not None:
            config["configurable"] = context  # servers take only one of the two, and fill the other from it
        return replace(
            start,
            config=config,
            context=context,
            metadata=self.metadata,
            multitask_strategy=self.strategy,
            modes=self.modes,
            subgraphs=self.subgraphs,
            before=self.before,
            after=self.after,
            durability=self.durability,
            delay=self.delay,
            webhook=self.webhook,
        )

    def _of_version(self, version: Version, start: Start) -> dict[str, Json]:
        """The configuration of a version with what was typed over it, and with the user of the run before where it
        names none. Its context is in it: servers take only one of the two, and fill the other from it."""
        typed, user = self.config or {}, _settings(start.config).get("user_id")
        settings: dict[str, Json] = {"user_id": user} if user else {}
        settings |= {**version.configurable, **_settings(typed), **(self.context or {})}
        return {**version.config, **typed, **({"configurable": settings} if settings else {})}


def _settings(config: Mapping[str, Json]) -> Mapping[str, Json]:
    configurable = config.get("configurable")
    return configurable if isinstance(configurable, dict) else {}


def read_options(form: QueryDict) -> Options:
    """The options in a posted form; those that it does not have stay as they are. Raises ValueError."""
    given = Options(
        how=_one(form, "how", HOW) or "watch",
        version=_number(form, "version", "The version", 1, 10**9),
        strategy=_one(form, "multitask", STRATEGIES) or "reject",
        erase=form.get("confirmed") == "1",
        config=_config(form),
        context=_object(form, "context", "The context"),
        metadata=_object(form, "metadata", "The metadata") or {},
        modes=_modes(form),
        subgraphs="options" not in form or "subgraphs" in form,
        before=_nodes(form, "before"),
        after=_nodes(form, "after"),
        durability=_one(form, "durability", DURABILITIES),
        recursion_limit=_number(form, "recursion_limit", "The recursion limit", 1, 100_000),
        delay=_number(form, "delay", "The delay", 0, LONGEST_DELAY) or 0,
        webhook=_webhook(form.get("webhook", "").strip()),
    )
    if given.config is not None and given.context is not None:
        raise ValueError("Give either a configuration or a context: servers refuse both at once.")
    return given


def with_breakpoints(start: Start, form: QueryDict) -> Start:
    """The start with the breakpoints of a posted form, whose verb has no other options: the run stops at those alone,
    and without any it runs through."""
    return replace(start, before=_nodes(form, "before"), after=_nodes(form, "after"))


def _one(form: QueryDict, name: str, known: Mapping[str, str] | tuple[str, ...]) -> str:
    chosen = form.get(name, "")
    if chosen and chosen not in known:
        raise ValueError(f"“{chosen[:40]}” is no choice for {name}.")
    return chosen


def _object(form: QueryDict, name: str, what: str) -> dict[str, Json] | None:
    text = form.get(name, "").strip()
    if not text:
        return None
    value = parse_json(text, what)
    if not isinstance(value, dict):
        raise ValueError(f"{what} has to be a JSON object.")
    return value


def _config(form: QueryDict) -> dict[str, Json] | None:
    config = _object(form, "config", "The configuration")
    if config and not isinstance(config.get("configurable"), dict | None):
        raise ValueError("“configurable” in the configuration has to be a JSON object.")
    return config


def _modes(form: QueryDict) -> tuple[str, ...]:
    """The chosen stream modes, with those that the page itself lives on."""
    chosen = form.getlist("modes")
    unknown = [mode for mode in chosen if mode not in EVERY_MODE]
    if unknown:
        raise ValueError(f"“{unknown[0][:40]}” is no stream mode.")
    return STREAM_MODES + tuple(mode for mode in EVERY_MODE if mode in chosen and mode not in STREAM_MODES)


def _nodes(form: QueryDict, side: str) -> tuple[str, ...]:
    """The nodes that are chosen one by one, and those in the text field, each once; "*" stands for all."""
    listed = (match[1] or match[0].strip() for match in NAME.finditer(form.get(f"{side}_list", "")))
    names = dict.fromkeys(name for name in (*form.getlist(side), *listed) if name)
    return ("*",) if "*" in names else tuple(names)


def _number(form: QueryDict, name: str, what: str, least: int, most: int) -> int | None:
    text = form.get(name, "").strip()
    if not text:
        return None
    if not text.isdecimal() or len(text) > LONGEST_NUMBER or not least <= int(text) <= most:
        raise ValueError(f"{what} has to be a whole number from {least} to {most:,}.")
    return int(text)


def _webhook(url: str) -> str:
    if url and not url.startswith(("http://", "https://", "/")):
        raise ValueError("The webhook has to be an address that begins with http:// or https://.")
    return url
