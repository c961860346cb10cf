"""Arms by the OpenFeature SDK are those of the server, unit by unit."""

import pytest
from openfeature import api
from openfeature.client import OpenFeatureClient
from openfeature.evaluation_context import EvaluationContext
from openfeature.exception import ErrorCode
from openfeature.flag_evaluation import Reason

from pilot.logs import charter
from taskfusion.base.bucket import arm
from taskfusion.pilot.assign import arms_of
from taskfusion.pilot.openfeature import ArmsProvider

CHARTER = charter(percent=30)
SHARES = {"treatment": 30.0, "control": 30.0}


@pytest.fixture
def client() -> OpenFeatureClient:
    api.set_provider(ArmsProvider({CHARTER.name: arms_of(CHARTER)}))
    return api.get_client()


def test_arms_are_those_of_the_hash(client: OpenFeatureClient) -> None:
    for unit in range(200):
        context = EvaluationContext(targeting_key=str(unit))
        expected = arm(unit, CHARTER.name, SHARES)
        found = client.get_string_details(CHARTER.name, "outside", context)
        assert found.value == (expected or "outside")
        assert found.variant == expected
        assert found.reason == (Reason.SPLIT if expected else Reason.DEFAULT)
        assert client.get_boolean_value(CHARTER.name, False, context) == (expected == "treatment")


def test_what_cannot_be_resolved_is_the_default_and_says_why(client: OpenFeatureClient) -> None:
    unit = EvaluationContext(targeting_key="7")
    unknown = client.get_string_details("other", "x", unit)
    assert (unknown.value, unknown.error_code) == ("x", ErrorCode.FLAG_NOT_FOUND)
    assert "should be an experiment 'other'; there are pilot" in str(unknown.error_message)
    nobody = client.get_boolean_details(CHARTER.name, True)
    assert (nobody.value, nobody.error_code) == (True, ErrorCode.TARGETING_KEY_MISSING)
    for call, default in (("integer", 3), ("float", 3.5), ("object", {"a": 1})):
        found = getattr(client, f"get_{call}_details")(CHARTER.name, default, unit)
        assert (found.value, found.error_code) == (default, ErrorCode.TYPE_MISMATCH)
    assert client.provider.get_metadata().name == "taskfusion"
