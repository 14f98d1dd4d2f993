from hypothesis import given
from hypothesis import strategies as st

from khoyte.foundation.language import LANGUAGES, Text

GREETING = Text(vi="Chào {name}, {count} hồ sơ", en="Hello {name}, {count} dossiers")


def test_says_vietnamese_first_and_english_on_request():
    assert Text("một", "one").say() == "một"
    assert Text("một", "one").say("en") == "one"
    assert str(Text("một", "one")) == "một"


def test_an_unknown_language_gets_vietnamese():
    assert Text("một", "one").say("fr") == "một"


def test_fills_both_languages():
    assert GREETING.fill(name="An", count=3) == Text("Chào An, 3 hồ sơ", "Hello An, 3 dossiers")


def test_a_missing_parameter_leaves_its_place_visible():
    assert GREETING.fill(count=3).vi == "Chào {name}, 3 hồ sơ"


def test_a_text_as_value_is_said_in_the_language_it_stands_in():
    filled = Text("Bảng {table}", "Table {table}").fill(table=Text("ra viện", "discharge"))
    assert (filled.say("vi"), filled.say("en")) == ("Bảng ra viện", "Table discharge")


@given(st.text())
def test_values_are_never_read_as_templates(value):
    assert Text("{value}{count}", "{value}").fill(value=value).en == value


def test_attribute_access_in_a_place_is_no_place():
    assert Text("{name.__class__}", "{0}{}").fill(name="An") == Text("{name.__class__}", "{0}{}")


def test_a_filled_text_is_equal_and_hashable():
    assert len({GREETING.fill(name="An", count=1), GREETING.fill(name="An", count=1)}) == 1


def test_vietnamese_is_the_first_language():
    assert LANGUAGES == ("vi", "en")
