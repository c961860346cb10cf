"""The words of SQL expressions: functions, operators and types that they may use, and what is never a column."""

from collections.abc import Mapping
from typing import Final

FUNCTIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "numbers": (
        *("ABS", "ACOS", "ASIN", "ATAN", "ATAN2", "CBRT", "CEIL", "CEILING", "COS", "COT", "DEGREES", "DIV", "EXP"),
        *("FLOOR", "LN", "LOG", "LOG10", "LOG1P", "LOG2", "MOD", "PI", "POW", "POWER", "RADIANS", "ROUND", "SIGN"),
        *("SIN", "SQRT", "TAN", "TRUNC"),
    ),
    "choices": ("COALESCE", "GREATEST", "IF", "IFNULL", "LEAST", "NULLIF"),
    "texts": (
        *("CHARACTER_LENGTH", "CHAR_LENGTH", "CONCAT", "CONCAT_WS", "ENDS_WITH", "INITCAP", "LEFT", "LENGTH", "LOWER"),
        *("LTRIM", "OCTET_LENGTH", "REGEXP_LIKE", "REPLACE", "REVERSE", "RIGHT", "RTRIM", "SPLIT_PART", "STARTS_WITH"),
        *("STRPOS", "SUBSTR", "SUBSTRING", "TRIM", "UPPER"),
    ),
    "dates": (
        *("DATE", "DATE_PART", "DAY", "DAYOFWEEK", "HOUR", "MINUTE", "MONTH", "QUARTER", "SECOND", "STRFTIME"),
        *("STRPTIME", "TIMESTAMP", "WEEK", "YEAR"),
    ),
    "lists": (
        *("ARRAY_CONTAINS", "ARRAY_GET", "ARRAY_LENGTH", "ARRAY_MEAN", "ARRAY_REVERSE", "ARRAY_SUM"),
        *("ARRAY_TO_STRING", "ARRAY_UNIQUE", "STRING_TO_ARRAY"),
    ),
}
"""Functions whose value depends on their arguments alone, by what they are about."""

OPERATORS: Final = (
    *("+", "-", "*", "/", "//", "%", "||", "=", "==", "!=", "<>", "<", "<=", ">", ">=", "<=>"),
    *("AND", "OR", "XOR", "LIKE", "ILIKE", "BETWEEN"),
)
"""Operators between two values; NOT may stand before the last three, and BETWEEN has an AND of its own."""

TYPES: Final = (
    *("BIGINT", "BOOL", "BOOLEAN", "CHAR", "DATE", "DATETIME", "DECIMAL", "DOUBLE", "FLOAT", "INT", "INTEGER"),
    *("NUMERIC", "REAL", "SMALLINT", "STRING", "TEXT", "TIME", "TIMESTAMP", "TINYINT", "VARCHAR"),
)
"""Types of CAST, TRY_CAST and ::."""

KEYWORDS: Final = frozenset(
    (
        *("ALL", "AND", "ANY", "AS", "BETWEEN", "BY", "CASE", "CROSS", "DISTINCT", "ELSE", "END", "EXISTS"),
        *("FILTER", "FROM", "GROUP", "HAVING", "ILIKE", "IN", "INTO", "IS", "JOIN", "LATERAL", "LIKE", "LIMIT"),
        *("NOT", "OR", "ORDER", "OVER", "PARTITION", "SELECT", "SOME", "TABLE", "THEN", "UNION", "UNNEST", "VALUES"),
        *("WHEN", "WHERE", "WINDOW", "WITH", "XOR"),
    )
)
"""Words that are never a column unless they stand in double quotes."""
