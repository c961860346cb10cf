"""Whether labels are what the relations of their tasks take them for."""

from collections.abc import Iterator

from taskfusion.config.relations import STEPS
from taskfusion.inspect.check.profile import Profile
from taskfusion.inspect.init.column import percent

LEAST_KNOWN = 0.9
"""Share of the rows where the source's label is known, in which a product of probabilities has to be learned."""


def part_of_the_space(profile: Profile) -> Iterator[tuple[str, str]]:
    """Targets that are known, or happen, where the relation does not expect it, each with what to do."""
    found = {known.task: known for known in profile.train.statistics}
    for relation in profile.experiment.relations:
        source, target = found[relation.source], found[relation.target]
        subject = f"relation {relation.kind} from '{source.task}' to '{target.task}'"
        if relation.kind == "esmm" and target.known < LEAST_KNOWN * source.known:
            yield (
                subject,
                f"the target's label is known in {target.known:,} training rows, the source's in {source.known:,}; "
                f"where the source did not happen it should be 0, not null",
            )
        elif relation.kind in STEPS and target.mean > source.mean:
            yield (
                subject,
                f"the target happens in {percent(target.mean)} of the training rows, the source in "
                f"{percent(source.mean)}; it should happen only where the source does",
            )
