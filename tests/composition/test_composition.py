"""Our subgraph composes with the whole of every Saleor we serve, by both tools; wrong shapes of it do not."""

import json
import re

import pytest

from tests.composition.conftest import HERE, LOCK, Composed
from tests.composition.shapes import VERSIONS, WRONG_SHAPES

TOOLS = ("apollo", "hive")


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize("version", VERSIONS)
def test_composes_with_the_whole_of_saleor(composed: Composed, version: str, tool: str) -> None:
    assert composed[version][tool] == {}


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize(
    ("shape", "code"),
    [
        ("product_by_id_alone", "SATISFIABILITY_ERROR"),
        ("money_like_saleors", "INVALID_FIELD_SHARING"),
        ("page_info_not_shareable", "INVALID_FIELD_SHARING"),
        ("order_without_its_key", "INVALID_FIELD_SHARING"),
        ("taken_root_field", "INVALID_FIELD_SHARING"),
    ],
)
def test_a_wrong_shape_is_refused(composed: Composed, shape: str, code: str, tool: str) -> None:
    assert code in composed[shape][tool]


def test_every_wrong_shape_is_tried(composed: Composed) -> None:
    assert set(composed) == {*VERSIONS, *WRONG_SHAPES}


def test_the_tools_are_locked_by_hash_to_no_address() -> None:
    wanted = json.loads((HERE / "package.json").read_text())["dependencies"]
    assert [version for version in wanted.values() if not re.fullmatch(r"\d+\.\d+\.\d+", version)] == []
    packages = {name: one for name, one in json.loads(LOCK.read_text())["packages"].items() if name}
    assert [name for name, one in packages.items() if not one["integrity"].startswith("sha512-")] == []
    assert [name for name, one in packages.items() if "resolved" in one] == []
