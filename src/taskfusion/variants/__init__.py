"""Every way of sharing as data: a table of variants, their families, and the plan of a fusion level. No torch."""
