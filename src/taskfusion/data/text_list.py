"""Lists that a table keeps as texts: values between separators."""

import polars as pl


def split_texts(texts: pl.Series, separator: str) -> pl.Series:
    """Lists [B] of the values in each text, without blanks around them; a blank is no value.

    A text like "['a', 'b']", which is how Python writes a list into CSV, loses its brackets and quotes.
    """
    words = pl.element().str.strip_chars()
    return _without_brackets(texts).str.split(separator).list.eval(words.filter(words != ""))


def _without_brackets(texts: pl.Series) -> pl.Series:
    is_list = texts.str.contains(r"^\s*\[.*\]\s*$").fill_null(False)
    if not is_list.any():
        return texts
    inner = texts.str.strip_chars().str.strip_prefix("[").str.strip_suffix("]").str.replace_all(r"[\"']", "")
    return inner.zip_with(is_list, texts)
