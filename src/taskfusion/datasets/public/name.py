"""Names of the public data sets, as in the command line; helps of commands read them, so they load nothing."""

from typing import Final

CENSUS_INCOME: Final = "census-income"
KUAIRAND: Final = "kuairand"
NAMES: Final = (CENSUS_INCOME, KUAIRAND)
