"""What is said of a domain: nothing was weighted, few rows are left, or all is well."""

import pytest

from taskfusion.data.domain_record import DomainShift


def shift(effective: float, *, told_apart: bool = True) -> str:
    return str(
        DomainShift(
            target_rows=200,
            source_rows=1500,
            auc=0.75,
            told_apart=told_apart,
            largest_weight=4.0,
            effective_rows=effective,
            train_rows=1000,
        )
    )


@pytest.mark.parametrize(("effective", "warned"), [(99.0, True), (100.0, False), (1000.0, False)])
def test_few_effective_rows_are_warned_of(effective: float, warned: bool) -> None:
    assert ("hardly overlap" in shift(effective)) == warned
    assert f"count like {effective:,.0f} rows" in shift(effective)


def test_domains_that_look_alike_are_said_to() -> None:
    assert "every weight is 1" in shift(1000.0, told_apart=False)
    assert "weigh" not in shift(1000.0, told_apart=False).replace("weight is 1", "")
