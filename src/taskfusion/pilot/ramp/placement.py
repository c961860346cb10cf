"""Which routes of the server each stage is, and at which stage routes are."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from taskfusion.base.errors import ExperimentError, RunError
from taskfusion.config.derive import derive
from taskfusion.config.ramp import Ramp
from taskfusion.config.routes import Canary, Routes, Shadow, Tier


@dataclass(frozen=True)
class Placement:
    """Where a candidate stands in the routes of a server.

    Attributes:
        base: routes without it.
        candidate: the model.
        salt: by which units come to it.
        percents: of units that each stage gives it; 0: shadow.
    """

    base: Routes
    candidate: Tier
    salt: str
    percents: Sequence[float]

    @classmethod
    def of(cls, ramp: Ramp, name: str, before: Routes) -> "Placement":
        """The placement of a ramp.

        Args:
            ramp: settings.
            name: of the pilot.
            before: routes that were in force when it began.

        Raises:
            ExperimentError: another candidate is there, or units cannot be told apart.
        """
        base = _seen(before)
        other = "canary" if base.canary is not None else "shadow" if base.shadow is not None else None
        if other is not None:
            raise ExperimentError(
                f"the server should have neither canary nor shadow before a ramp begins, but has a {other} of "
                f"{' and '.join(base.tiers[other].directories)}; end that first, or take it out with PUT /v1/routes"
            )
        if base.unit is None:
            raise ExperimentError(
                "the server's routes should say unit, the column of a request by which units are told apart, such as "
                "user_id; put it in force with PUT /v1/routes"
            )
        return cls(base, ramp.candidate, name, ramp.percents)

    def routes(self, stage: int) -> Routes:
        """What is in force in a stage; -1: before the first."""
        if stage < 0:
            return self.base
        model = {name: getattr(self.candidate, name) for name in Tier.model_fields}
        if self.percents[stage] == 0:
            return derive(self.base, shadow=Shadow(**model))
        return derive(self.base, canary=Canary(**model, percent=self.percents[stage], salt=self.salt))

    def is_at(self, stage: int, shown: Routes) -> bool:
        """Whether routes are those of a stage."""
        return _document(_seen(shown)) == _document(self.routes(stage))

    def is_mine(self, shown: Routes) -> bool:
        """Whether the canary of routes is this candidate."""
        canary = shown.canary
        return canary is not None and (canary.salt, canary.directories) == (self.salt, self.candidate.directories)

    def is_gone(self, shown: Routes) -> bool:
        """Whether routes give the candidate nothing."""
        return self.without(_seen(shown)) == _seen(shown)

    def without(self, shown: Routes) -> Routes:
        """Routes as they are, but for the candidate."""
        fields: dict[str, object] = {"canary": None} if self.is_mine(shown) else {}
        if shown.shadow is not None and shown.shadow.directories == self.candidate.directories:
            fields["shadow"] = None
        return derive(shown, **fields) if fields else shown

    def require_not_primary(self, shown: Routes) -> None:
        """Raises RunError where somebody made the candidate the primary, so that no canary is left to be taken out."""
        if shown.primary.directories == self.candidate.directories != self.base.primary.directories:
            raise RunError(
                f"somebody made {' and '.join(self.candidate.directories)} the primary, which only a person can take "
                f"back: PUT /v1/routes with the primary {' and '.join(self.base.primary.directories)}"
            )

    def require_at(self, stage: int, shown: Routes) -> None:
        """Raises RunError where routes are not those of a stage; the message says what differs."""
        if self.is_at(stage, shown):
            return
        found, expected = _document(_seen(shown)), _document(self.routes(stage))
        differing = [name for name in sorted({*found, *expected}) if found.get(name) != expected.get(name)]
        raise RunError(
            f"the server should have the routes that the journal says, but somebody changed them: "
            f"{'; '.join(_difference(name, expected.get(name), found.get(name)) for name in differing)}. Nothing was "
            f"changed; put back what the journal says and give the same command again, or begin anew with another --out"
        )


def _seen(shown: Routes) -> Routes:
    """Routes as units see them: a canary that nobody gets is none."""
    canary = shown.canary
    return derive(shown, canary=None) if canary is not None and canary.percent == 0 else shown


def _document(routes: Routes) -> dict[str, Any]:
    return routes.model_dump(mode="json", exclude_defaults=True, exclude={"decisions"})


def _difference(name: str, expected: object, found: object) -> str:
    if isinstance(expected, dict) and isinstance(found, dict):
        keys = [key for key in sorted({*expected, *found}) if expected.get(key) != found.get(key)]
        return ", ".join(_difference(f"{name}.{key}", expected.get(key), found.get(key)) for key in keys)
    return f"{name} is {_shown(found)} in place of {_shown(expected)}"


def _shown(value: object) -> str:
    return "not there" if value is None else str(value)[:200]
