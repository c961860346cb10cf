"""What an SQL expression may say: an allow-list of row-wise SQL, held before anything else parses the text.

Polars' own parser opens files and fetches addresses that a subquery names, so no text reaches it before this one has
read the whole of it.
"""

import re
from dataclasses import dataclass
from typing import Final

from taskfusion.data.sql_words import FUNCTIONS, KEYWORDS, OPERATORS, TYPES

MOST_CHARACTERS: Final = 8000
MOST_DEPTH: Final = 32
MOST_OPERATORS: Final = 200

TEXT_TYPES: Final = frozenset({"CHAR", "STRING", "TEXT", "VARCHAR"})

_FUNCTIONS: Final = frozenset(name for names in FUNCTIONS.values() for name in names)
_NEGATED: Final = ("LIKE", "ILIKE", "BETWEEN", "IN")
_LITERALS: Final = ("DATE", "DATETIME", "INTERVAL", "TIME", "TIMESTAMP")
_TOKEN: Final = re.compile(
    r"""(?P<space>[ \t\r\n]+)
    |(?P<comment>--|/\*)
    |(?P<text>'(?:[^'\\\0]|''|\\(?!'))*')
    |(?P<quoted>"(?:[^"\0]|"")+")
    |(?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?(?![\w.]))
    |(?P<word>[^\W\d]\w*)
    |(?P<sign>\|\||::|<=>|<=|>=|<>|!=|==|//|[-+*/%=<>(),.\[\]])""",
    re.VERBOSE,
)


class SqlError(ValueError):
    """The text is not SQL of one row; the message ends a sentence that begins with the text."""


def columns_of(text: str) -> tuple[str, ...]:
    """Columns that an SQL expression of one row reads, each once, in order.

    Raises:
        SqlError: the text says anything that is not on the list of functions, operators and types, or is too long.
    """
    return tuple(dict.fromkeys(_read(text).columns))


def casts_to_text(text: str) -> bool:
    """Whether an SQL expression of one row makes a text of a value.

    Raises:
        SqlError: as columns_of.
    """
    return not TEXT_TYPES.isdisjoint(_read(text).types)


def _read(text: str) -> "_Reader":
    if len(text) > MOST_CHARACTERS:
        raise SqlError(f"has {len(text):,} characters, where {MOST_CHARACTERS:,} are the most")
    reader = _Reader(tokens(text))
    reader.chain()
    reader.expect_end()
    return reader


@dataclass(frozen=True)
class Token:
    """A text, number, word, quoted name or sign."""

    kind: str
    text: str

    @property
    def name(self) -> str:
        """The token as the grammar knows it: words in capitals; a text or a quoted name is no word of it."""
        return self.text.upper() if self.kind in ("word", "sign") else ""


_END: Final = Token("end", "")


def tokens(text: str) -> list[Token]:
    """What an expression is made of, in order; raises SqlError where something is no token."""
    found_tokens, at = [], 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise SqlError(f"has {text[at]!r} where a column, a value or an operator should begin")
        if found.lastgroup == "comment":
            raise SqlError(f"holds a comment, {found.group()!r}")
        if found.lastgroup and found.lastgroup != "space":
            found_tokens.append(Token(found.lastgroup, found.group()))
        at = found.end()
    return found_tokens


class _Reader:
    """Reads tokens from left to right: values with operators between them."""

    def __init__(self, tokens: list[Token]) -> None:
        self.columns: list[str] = []
        self.types: list[str] = []
        self._tokens, self._at = tokens, 0
        self._depth = self._operators = 0

    def chain(self) -> None:
        """Values with operators between them."""
        self._depth += 1
        if self._depth > MOST_DEPTH:
            raise SqlError(f"is nested more than {MOST_DEPTH} deep")
        self._value()
        while self._continues():
            pass
        self._depth -= 1

    def expect_end(self) -> None:
        """Nothing is left."""
        if self._peek() is not _END:
            raise self._unexpected()

    def _peek(self, ahead: int = 0) -> Token:
        at = self._at + ahead
        return self._tokens[at] if at < len(self._tokens) else _END

    def _take(self, *names: str) -> bool:
        """Whether the next tokens are these; then they are read."""
        if any(self._peek(ahead).name != name for ahead, name in enumerate(names)):
            return False
        self._at += len(names)
        return True

    def _take_kind(self, *kinds: str) -> str | None:
        token = self._peek()
        if token.kind not in kinds:
            return None
        self._at += 1
        return token.text

    def _need(self, *names: str) -> None:
        if not self._take(*names):
            raise self._unexpected()

    def _unexpected(self) -> SqlError:
        token = self._peek()
        return SqlError(f"has {token.text!r} out of place" if token.text else "ends too early")

    def _continues(self) -> bool:
        """Read what follows a value: an operator and a value, or a test; False where nothing of the kind does."""
        self._operators += 1
        if self._operators > MOST_OPERATORS:
            raise SqlError(f"has more than {MOST_OPERATORS} operators and values")
        if self._take("IS"):
            self._take("NOT")
            if not any(self._take(word) for word in ("NULL", "TRUE", "FALSE")):
                raise self._unexpected()
        elif self._take("::"):
            self._type()
        elif self._take("["):
            self._take("-")
            if self._take_kind("number") is None:
                raise self._unexpected()
            self._need("]")
        else:
            return self._operator()
        return True

    def _operator(self) -> bool:
        negated = self._peek().name == "NOT" and self._peek(1).name in _NEGATED
        self._at += negated
        if self._take("IN"):
            self._need("(")
            self._list()
            return True
        if self._peek().name not in OPERATORS:
            return False
        self._at += 1
        self._value()
        return True

    def _value(self) -> None:
        while self._take("NOT") or self._take("-") or self._take("+"):
            self._operators += 1
        if self._take("("):
            self.chain()
            self._need(")")
        elif self._take_kind("text", "number") is None:
            self._word()

    def _word(self) -> None:
        word = self._peek().name
        if word == "CASE":
            self._case()
        elif word in ("TRUE", "FALSE", "NULL"):
            self._at += 1
        elif word and self._peek(1).name == "(":
            self._call(word)
        elif not self._dated(word):
            self._column()

    def _dated(self, word: str) -> bool:
        """Read a literal like DATE '2024-01-31'; False where none stands here."""
        zone = self._tokens[self._at + 1 : self._at + 4] if word == "TIMESTAMP" else []
        skipped = 4 if [token.name for token in zone] == ["WITH", "TIME", "ZONE"] else 1
        if word not in _LITERALS or self._peek(skipped).kind != "text":
            return False
        self._at += skipped + 1
        return True

    def _column(self) -> None:
        token = self._peek()
        if token.kind not in ("word", "quoted") or token.name in KEYWORDS:
            raise self._unexpected()
        self._at += 1
        self.columns.append(_plain(token))
        while self._take("."):  # a field of a struct
            if self._take_kind("word", "quoted") is None:
                raise self._unexpected()

    def _call(self, word: str) -> None:
        self._at += 2
        if word in ("CAST", "TRY_CAST"):
            self.chain()
            self._need("AS")
            self._type()
            self._need(")")
        elif word == "EXTRACT":
            if self._take_kind("word") is None:
                raise self._unexpected()
            self._need("FROM")
            self.chain()
            self._need(")")
        elif word == "REPLACE":
            self._replace()
        elif word not in _FUNCTIONS:
            raise SqlError(f"uses {word}, which is no function of the values of one row")
        elif not self._take(")"):
            self._list()

    def _replace(self) -> None:
        """REPLACE(value, 'old', 'new'); where new is longer, a nest of them would grow without end."""
        self.chain()
        self._need(",")
        old = self._take_kind("text")
        self._need(",")
        new = self._take_kind("text")
        if old is None or new is None or len(_plain_text(new)) > len(_plain_text(old)):
            raise SqlError("uses REPLACE, whose last two values should be texts, the last one not the longer")
        self._need(")")

    def _list(self) -> None:
        self._entry()
        while self._take(","):
            self._entry()
        self._need(")")

    def _entry(self) -> None:
        """A value of a list; a text or a number alone does not count, so that lists may be long."""
        sign = self._peek().name == "-"
        if self._peek(sign).kind in ("text", "number") and self._peek(sign + 1).name in (",", ")"):
            self._at += sign + 1
        else:
            self.chain()

    def _case(self) -> None:
        self._need("CASE")
        if self._peek().name != "WHEN":
            self.chain()
        self._need("WHEN")
        self.chain()
        self._need("THEN")
        self.chain()
        while self._take("WHEN"):
            self.chain()
            self._need("THEN")
            self.chain()
        if self._take("ELSE"):
            self.chain()
        self._need("END")

    def _type(self) -> None:
        name = self._peek().name
        if name not in TYPES:
            raise SqlError(f"has {self._peek().text!r} where a type should stand, one of {', '.join(TYPES)}")
        self._at += 1
        self.types.append(name)
        if name == "DOUBLE":
            self._take("PRECISION")
        elif name == "TIMESTAMP":
            self._take("WITH", "TIME", "ZONE")
        elif name in ("DECIMAL", "NUMERIC") and self._take("("):
            self._list()


def _plain_text(text: str) -> str:
    return text[1:-1].replace("''", "'")


def _plain(token: Token) -> str:
    return token.text[1:-1].replace('""', '"') if token.kind == "quoted" else token.text
