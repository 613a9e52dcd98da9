"""Only a checked structured communication goes to Exact."""

import pytest
from exact.communication import belgian_check, dutch_check, structured
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("+++090/9337/55493+++", "+++090/9337/55493+++"),
        ("***090/9337/55493***", "+++090/9337/55493+++"),
        ("090933755493", "+++090/9337/55493+++"),
        ("+++000/0000/09797+++", "+++000/0000/09797+++"),  # remainder 0 reads 97
        ("+++090/9337/55494+++", ""),
        ("1000 0002 3900 1042", "1000000239001042"),
        ("2000 0002 3900 1042", ""),
        ("5000056789012345", "5000056789012345"),
        ("INV/2026/00042", ""),
        ("", ""),
    ],
)
def test_known_communications(text, expected):
    assert structured(text) == expected


@given(st.integers(0, 10**10 - 1))
def test_every_belgian_number_has_one_check(number):
    digits = f"{number:010d}"
    valid = [c for c in range(100) if structured(f"{digits}{c:02d}")]
    assert valid == [int(belgian_check(digits))]


@given(st.integers(0, 10**15 - 1))
def test_every_dutch_number_has_one_check(number):
    digits = f"{number:015d}"
    valid = [c for c in range(10) if structured(f"{c}{digits}")]
    assert valid == [int(dutch_check(digits))]


@given(st.text())
def test_free_text_never_goes(text):
    if not any(character.isdigit() for character in text):
        assert structured(text) == ""
