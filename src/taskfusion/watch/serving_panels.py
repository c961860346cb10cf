"""What a dashboard shows of a server: objectives, times, who answers, and what is predicted."""

from typing import Final

from taskfusion.watch.panel import Line, Panel, Row
from taskfusion.watch.registry import gauge
from taskfusion.watch.rules.serving import objectives

_RATE: Final = "$__rate_interval"
_OF: Final = "prediction, bundle"


def _shares(bucket: str, count: str) -> str:
    """Of the predictions, up to each edge."""
    return f"{bucket} / ignoring (le) group_left {count}"


SCORE_DISTANCE: Final = (
    f"max by ({_OF}) (abs("
    + _shares(
        f"sum by ({_OF}, le) (rate(taskfusion_score_bucket[1h]))", f"sum by ({_OF}) (rate(taskfusion_score_count[1h]))"
    )
    + " - "
    + _shares(
        f"max by ({_OF}, le) (taskfusion_score_reference_bucket)",
        f"max by ({_OF}) (taskfusion_score_reference_count)",
    )
    + "))"
)
"""How far predictions are spread otherwise than at export: both are counted by the same edges."""


def served(deadline_seconds: float) -> Row:
    """The row of a server.

    Args:
        deadline_seconds: that a request should be answered in.
    """
    shares = [
        Panel(
            one.words.capitalize(),
            f"The objective allows {100 * (1 - one.share):.3g} %.",
            [Line(f"({one.bad}) / ({one.all})".replace("%s", _RATE), "{{job}}")],
            "share",
            limits=(1 - one.share,),
        )
        for one in objectives(deadline_seconds)
    ]
    seconds = "taskfusion_request_seconds_bucket"
    times = [
        Line(f'histogram_quantile({q}, sum by (le) (rate({seconds}{{route="rank"}}[{_RATE}])))', f"{100 * q:g} %")
        for q in (0.5, 0.99)
    ]
    return Row(
        "Serving",
        [
            *shares,
            Panel("Time of an answer", "Half of the requests, and 99 %.", times, "seconds", limits=(deadline_seconds,)),
            _rate("Who answered, and why one before did not", "taskfusion_answers_total", "tier, reason"),
            _rate("Without predictions", "taskfusion_refused_total", "reason"),
            Panel("Queue", "Calls that wait or are worked on.", [Line("taskfusion_queue", "{{tier}}")]),
            Panel(
                "Breaker",
                "1: the model is not asked for a while.",
                [Line('taskfusion_breaker{state="open"}', "{{tier}}")],
                limits=(1,),
            ),
            Panel(
                "Fallback by the decision log",
                "Requests of the hour, and those that an earlier tier did not answer.",
                [
                    Line(gauge("traffic_requests"), "{{tier}} {{arm}}"),
                    Line(gauge("traffic_fallback_requests"), "{{tier}} {{arm}} {{reason}}"),
                ],
            ),
            _rate("Rows of the decision log", "taskfusion_decisions_total", "outcome"),
            _rate("Requests", "taskfusion_requests_total", "route, status"),
            Panel(
                "Predictions against the export",
                "Largest difference of the share up to any value (Kolmogorov, Smirnov), of the last hour; 0: alike.",
                [Line(SCORE_DISTANCE, "{{prediction}} {{bundle}}")],
                "share",
            ),
            Panel("Models", "What answers, by tier.", [Line("taskfusion_model_info", "{{tier}} {{bundle}}")]),
        ],
    )


def _rate(title: str, metric: str, labels: str) -> Panel:
    legend = " ".join(f"{{{{{label.strip()}}}}}" for label in labels.split(","))
    return Panel(title, "Per second.", [Line(f"sum by ({labels}) (rate({metric}[{_RATE}]))", legend)])
