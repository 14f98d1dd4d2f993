"""What a plain form makes of what was typed."""

import pytest

from khoyte.foundation.language import Text
from khoyte.foundation.look.forms import Field, read

NAME = Field("name", Text(vi="Họ và tên", en="Name"))


@pytest.mark.parametrize("sign", ["\x00", "\x08", "\x1f", "\x7f"])
def test_a_control_character_is_told_and_what_is_left_comes_back(sign: str) -> None:
    typed, faults = read([NAME], {"name": f"An{sign}h"})
    assert typed == {"name": "Anh"}
    assert [(fault.field, "ký tự điều khiển" in fault.text.vi) for fault in faults] == [("name", True)]


@pytest.mark.parametrize("white", ["\t", "\n", "\r\n", "\u00a0", "  "])
def test_white_space_is_one_space(white: str) -> None:
    assert read([NAME], {"name": f" An{white}Bình "}) == ({"name": "An Bình"}, [])
