"""Which deployments there are, and which keys go where."""

import pytest

from studio.deployments.config import DEFAULT_URL, ConfigurationError, Deployment, parse_deployments

SECRET = "sk-very-secret"


def test_without_settings_there_is_the_local_server() -> None:
    assert parse_deployments({}) == {"local": Deployment("local", DEFAULT_URL)}


def test_an_address_loses_its_last_slash() -> None:
    assert (
        parse_deployments({"LANGGRAPH_URL": "https://graphs.example/api/ "})["local"].url
        == "https://graphs.example/api"
    )


def test_several_deployments_keep_their_order_and_get_slugs() -> None:
    found = parse_deployments({"LANGGRAPH_DEPLOYMENTS": "Prod=https://a.example, staging-2=http://b.example:8123,"})
    assert [(d.slug, d.host) for d in found.values()] == [("prod", "a.example"), ("staging-2", "b.example:8123")]


def test_a_list_of_deployments_wins_over_the_single_address() -> None:
    found = parse_deployments({"LANGGRAPH_URL": "http://x.example", "LANGGRAPH_DEPLOYMENTS": "a=http://a.example"})
    assert list(found) == ["a"]


def test_each_deployment_gets_its_own_key_and_headers_and_no_other() -> None:
    found = parse_deployments(
        {
            "LANGGRAPH_DEPLOYMENTS": "a=http://a.example,b-2=http://b.example,c=http://c.example",
            "LANGGRAPH_API_KEY": "for the single one",
            "LANGGRAPH_API_KEY_A": "key of a",
            "LANGGRAPH_API_KEY_B_2": "key of b",
            "LANGGRAPH_HEADERS_B_2": '{"X-Team": "blue"}',
        }
    )
    assert {slug: dict(d.headers) for slug, d in found.items()} == {
        "a": {"x-api-key": "key of a"},
        "b-2": {"X-Team": "blue", "x-api-key": "key of b"},
        "c": {},
    }


def test_the_single_deployment_takes_the_plain_key() -> None:
    found = parse_deployments({"LANGGRAPH_API_KEY": SECRET, "LANGGRAPH_API_KEY_LOCAL": "not this"})
    assert dict(found["local"].headers) == {"x-api-key": SECRET}


def test_secrets_are_never_printed() -> None:
    found = parse_deployments({"LANGGRAPH_API_KEY": SECRET, "LANGGRAPH_HEADERS": '{"Authorization": "Bearer hush"}'})
    assert SECRET not in repr(found)
    assert "hush" not in str(found["local"])


@pytest.mark.parametrize("pairs", ["nameless", "=http://a.example", "a b=http://a.example", "a=http://x,A=http://y"])
def test_a_pair_without_a_usable_new_name_is_refused(pairs: str) -> None:
    with pytest.raises(ConfigurationError, match="LANGGRAPH_DEPLOYMENTS"):
        parse_deployments({"LANGGRAPH_DEPLOYMENTS": pairs})


@pytest.mark.parametrize(
    "url",
    [
        "graphs.example",
        "ftp://a.example",
        "http://",
        "http://u:p@a.example",
        "http://:p@a.example",
        "http://a.example/?k=1",
        "http://a#b",
    ],
)
def test_an_unusable_address_is_refused_with_the_name_of_its_variable(url: str) -> None:
    with pytest.raises(ConfigurationError, match=r"^LANGGRAPH_URL"):
        parse_deployments({"LANGGRAPH_URL": url})


@pytest.mark.parametrize("port", ["http://a.example:port", "http://a.example:99999", "http://[::1"])
def test_an_address_that_cannot_be_parsed_is_refused_as_well(port: str) -> None:
    with pytest.raises(ConfigurationError, match=r"^LANGGRAPH_URL"):
        parse_deployments({"LANGGRAPH_URL": port})


@pytest.mark.parametrize("name", ["LANGGRAPH_API_KEY", "LANGGRAPH_HEADERS"])
def test_a_key_that_no_header_can_hold_is_refused_without_being_quoted(name: str) -> None:
    value = "schlüssel" if name == "LANGGRAPH_API_KEY" else '{"X-Team": "schlüssel"}'
    with pytest.raises(ConfigurationError, match=name) as caught:
        parse_deployments({name: value})
    assert "schlüssel" not in str(caught.value)


@pytest.mark.parametrize("headers", [f"Authorization: {SECRET}", f'["{SECRET}"]', f'{{"{SECRET}": 1}}', "1", "null"])
def test_unusable_headers_are_refused_without_being_quoted(headers: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_deployments({"LANGGRAPH_HEADERS": headers})
    assert "LANGGRAPH_HEADERS" in str(caught.value)
    assert SECRET not in str(caught.value)
    assert caught.value.__suppress_context__
