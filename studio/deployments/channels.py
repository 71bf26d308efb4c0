"""What the channels of an assistant's state are, as the deployment describes them."""

from typing import Any

from studio.deployments.errors import translated
from studio.deployments.gateway import Gateway
from studio.deployments.requests import read


async def kinds(gateway: Gateway, assistant_id: str) -> dict[str, str]:
    """The channels of the state with what they hold in a word or two ("integer", "array of string"), "" where the
    schema does not say. Raises DeploymentError when the deployment cannot tell."""
    schemas: Any = await read(gateway, "The state schema", lambda: gateway.sdk.assistants.get_schemas(assistant_id))
    with translated(gateway.deployment):
        schema = schemas.get("state_schema") or schemas.get("output_schema") or {}
        return {str(name): _kind(field) for name, field in (schema.get("properties") or {}).items()}


def _kind(field: Any) -> str:
    if not isinstance(field, dict):
        return ""
    if isinstance(field.get("anyOf"), list):
        return " or ".join(dict.fromkeys(told for one in field["anyOf"] if (told := _kind(one))))
    kind, inner = field.get("type"), _kind(field.get("items"))
    if kind == "array" and 0 < len(inner) < 30:
        return f"array of {inner}"
    return kind if isinstance(kind, str) else ""
