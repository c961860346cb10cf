import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskfusion.report import number

THIN = "\u202f"


def read(text: str) -> float:
    """The number that a text shows, with its unit."""
    scale = {"": 1.0, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12}
    match = re.fullmatch(r"(.*?)\u202f?([kMGT]?)", text.replace("\u2212", "-"))
    assert match
    return float(match[1].replace(THIN, "")) * scale[match[2]]


@given(st.floats(-1e15, 1e15), st.integers(2, 6))
def test_significant_keeps_the_value_to_its_digits(value: float, digits: int) -> None:
    assert read(number.significant(value, digits)) == pytest.approx(value, rel=0.51 * 10.0 ** (1 - digits), abs=0)


@given(st.floats(0, 1e15))
def test_quantity_keeps_three_digits(value: float) -> None:
    assert read(number.quantity(value)) == pytest.approx(value, rel=0.0051, abs=0)


@given(st.floats(-2, 2))
def test_auc_is_rounded_to_four_decimals_or_two_digits(value: float) -> None:
    assert read(number.metric("auc", value)) == pytest.approx(value, rel=0.06 if abs(value) < 1e-3 else 0, abs=5.1e-5)


@given(st.floats(-1, 1), st.floats(0.01, 1))
def test_a_difference_shows_its_sign_and_none_at_zero(value: float, beside: float) -> None:
    text = number.difference("auc", value, beside=beside)
    assert read(text) == pytest.approx(value, abs=5.1e-5)
    assert text[0] == ("0" if read(text) == 0 else "+" if value > 0 else "\u2212")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (number.metric("ne", 0.81234), "0.8123"),
        (number.metric("ne", None), "n/a"),
        (number.metric("ne", float("nan")), "n/a"),
        (number.metric("ece", 0.0000213), "0.000021"),
        (number.metric("ece", 0.0), "0.0000"),
        (number.metric("r2", -0.25), "\u22120.2500"),
        (number.metric("mse", 4321.987), f"4{THIN}322"),
        (number.metric("observed_over_predicted", 0.97041), "0.970"),
        (number.metric("ne", 0.000123, beside=0.8), "0.0001"),
        (number.metric("ece", 0.0000034, beside=0.000021), "0.000003"),
        (number.significant(float("inf"), 3), "n/a"),
        (number.significant(1.5e-9, 3), "1.50e-09"),
        (number.count(1234567), f"1{THIN}234{THIN}567"),
        (number.quantity(999_600), f"1.00{THIN}M"),
        (number.quantity(2.5e13), f"25.0{THIN}T"),
        (number.duration(0.83), f"0.83{THIN}s"),
        (number.duration(59.7), f"1{THIN}min 0{THIN}s"),
        (number.duration(432), f"7{THIN}min 12{THIN}s"),
        (number.duration(3599.6), f"1{THIN}h 0{THIN}min"),
        (number.duration(12_000), f"3{THIN}h 20{THIN}min"),
        (number.percent(0.614), f"61{THIN}%"),
        (number.percent(0.001), f"under 1{THIN}%"),
        (number.percent(-0.1), f"\u221210{THIN}%"),
        (number.percent(-0.001), f"0{THIN}%"),
        (number.rate(0.0017), f"0.170{THIN}%"),
        (number.label(48.2111), "48.21"),
        (number.signed(0.126, 2), "+0.13"),
        (number.signed(-0.126, 2), "\u22120.13"),
        (number.signed(-0.001, 2), "0.00"),
        (number.plain(3.0), "3"),
        (number.plain(2.5), "2.5"),
        (number.plain(20), "20"),
    ],
)
def test_examples(text: str, expected: str) -> None:
    assert text == expected
