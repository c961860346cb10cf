"""Settings of the file that this experiment does not read."""

from collections.abc import Callable, Iterator, Mapping
from operator import attrgetter
from typing import Final

from taskfusion.assemble.network import experiment_plans
from taskfusion.base.errors import ExperimentError
from taskfusion.config.derive import derive
from taskfusion.config.experiment import Experiment
from taskfusion.inspect.check.profile import Profile
from taskfusion.model.fusion.gate import SoftmaxGate
from taskfusion.variants.table import variant_of


def unread_setting(profile: Profile) -> Iterator[tuple[str, str]]:
    """Settings that differ from their default and change nothing, each with why."""
    for name, (is_read, reason) in SETTINGS.items():
        section, _, key = name.partition(".")
        own = getattr(profile.experiment, section)
        usual = Experiment.model_fields[section].get_default(call_default_factory=True)
        if attrgetter(key)(own) != attrgetter(key)(usual) and not is_read(profile):
            yield f"setting '{name}'", f"it changes nothing here: {reason.format(profile.experiment.network.variant)}"


def _changes_the_levels(key: str) -> Callable[[Profile], bool]:
    def is_read(profile: Profile) -> bool:
        network = profile.experiment.network
        usual = type(network).model_fields[key].get_default(call_default_factory=True)
        try:
            without = derive(profile.experiment, network=derive(network, **{key: usual}))
        except ExperimentError:
            return True  # other settings need it
        return experiment_plans(without) != experiment_plans(profile.experiment)

    return is_read


def _a_gate_has_a_choice(profile: Profile) -> bool:
    gates = (module for module in profile.model.modules() if isinstance(module, SoftmaxGate))
    return any(gate.most_seen > 1 for gate in gates)


def _is_own_share_read(profile: Profile) -> bool:
    return "gate.own_share" in variant_of(profile.experiment.network.variant).family.reads


def _is_encoded(*encodings: str) -> Callable[[Profile], bool]:
    def is_read(profile: Profile) -> bool:
        usual = profile.experiment.numeric.encoding
        return any((given.encoding or usual) in encodings for given in profile.encoder.layout.numeric)

    return is_read


def _has_teachers(profile: Profile) -> bool:
    return profile.experiment.distillation.share > 0


_NO_EXPERTS = "{} has no such experts in this file"
_NO_CHOICE = "no gate of {} chooses among experts by softmax"
_NO_VECTORS = "no numeric feature is encoded so"
_NO_TEACHERS = "distillation.share is 0, so there are no teachers"

SETTINGS: Final[Mapping[str, tuple[Callable[[Profile], bool], str]]] = {
    "network.shared_experts": (_changes_the_levels("shared_experts"), _NO_EXPERTS),
    "network.group_experts": (_changes_the_levels("group_experts"), _NO_EXPERTS),
    "network.num_experts": (_changes_the_levels("num_experts"), _NO_EXPERTS),
    "network.task_experts": (_changes_the_levels("task_experts"), _NO_EXPERTS),
    "network.gate.temperature": (_a_gate_has_a_choice, _NO_CHOICE),
    "network.gate.dropout": (_a_gate_has_a_choice, _NO_CHOICE),
    "network.gate.balance_weight": (_a_gate_has_a_choice, _NO_CHOICE),
    "network.gate.features": (_a_gate_has_a_choice, _NO_CHOICE),
    "network.gate.own_share": (_is_own_share_read, "{} does not read it"),
    "numeric.dim": (_is_encoded("piecewise-linear", "periodic"), _NO_VECTORS),
    "numeric.bins": (_is_encoded("piecewise-linear"), _NO_VECTORS),
    "numeric.frequencies": (_is_encoded("periodic"), _NO_VECTORS),
    "numeric.frequency_std": (_is_encoded("periodic"), _NO_VECTORS),
    "distillation.folds": (_has_teachers, _NO_TEACHERS),
    "distillation.repeats": (_has_teachers, _NO_TEACHERS),
}
"""By the name of a setting whether an experiment reads it, and why one does not."""
