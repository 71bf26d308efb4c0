"""Every template compiles: djlint sees the HTML only, Django alone knows its tags, filters and parents."""

import pytest
from django.template.loader import get_template

from demo.embedded import ROOT

FOLDER = ROOT / "templates"
NAMES = sorted(str(file.relative_to(FOLDER)) for file in FOLDER.rglob("*") if file.is_file())


@pytest.mark.parametrize("name", NAMES)
def test_it_compiles(name: str) -> None:
    get_template(name)
