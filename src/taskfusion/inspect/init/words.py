"""What the name of a column says: its words, and the vocabulary of interaction logs."""

import re
from collections.abc import Collection


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


def _ranked(words: str) -> tuple[str, ...]:
    return tuple(words.split())


USER = _ranked(
    "user usr member customer viewer visitor account client buyer person reader household shopper subscriber patient "
    "player passenger u"
)
ITEM = _ranked(
    "item video product movie film ad article news song track post note doc document content creative goods sku book "
    "listing hotel poi job game app photo podcast recipe course i"
)
ID = _set("id ids key uuid guid hash hashed")
REQUEST = _set(
    "session request impression query trace event log row record index search pageview order basket transaction "
    "receipt invoice checkout visit trip ticket"
)

LABEL = _set("label labels target targets y churn churned")
OUTCOME = _set(
    "click clicks clicked clk like likes liked dislike dislikes disliked love loved follow follows followed share "
    "shares shared forward forwarded forwards comment comments commented reply replied retweet buy bought purchase "
    "purchases purchased pay paid convert converted conversion conversions order orders ordered install installs "
    "installed download downloaded view viewed watch watched play played finish finished complete completed completion "
    "hate hated favorite favorited favourite favourited fav collect collected bookmark bookmarked save saved subscribe "
    "subscribed cart carted enter entered skip skipped report reported block blocked hide hidden attributed booked "
    "booking apply applied redeem redeemed"
)
ATTRIBUTE = _set(
    "weekend holiday mobile desktop tablet new old vip rand random ad ads test ios android night day weekday logged "
    "login member premium default first peak promoted sponsored active lowactive author affinity feature feat onehot"
)
AGGREGATE = _set(
    "num number cnt count total avg average mean median std sum rate ctr cvr hist history historical seq sequence last "
    "prev previous past recent since before ago ever prior pred predicted"
)
TRUTH = _set("true truth oracle")
PREDICTION = _set("pred prediction predicted predictions propensity")
WEIGHT = _set("weight weights wt")
OF_ROW = _set("instance sample row example case importance")

RATING = _set("rating ratings stars")
SHARE = _set("ratio percent percentage pct fraction progress rate")
CONSUMED = _set("watch watched play played view viewed finish finished completion complete read listen")
MONEY = _set("revenue gmv sales profit spend spent payment paid amount ltv turnover")
COUNTED = _set("quantity qty units")
DEAL = COUNTED | _set("disc discount discounts tax tip fare refund refunds refunded returned margin")
DELAY = _set("delay delays lateness overrun")
PLANNED = _set("sched scheduled planned plan expected estimated est crs promised")
SPENT = CONSUMED | _set("dwell spent stay staying listened reading watching viewing engagement")
DURATION = _set("time times ms seconds second sec secs s duration length minutes")

TIME = _set("time timestamp ts date datetime day dt at unixtime epoch")
HISTORY = _set("history hist seq sequence last recent watched clicked viewed bought past previous prev")
QUANTITY = _set(
    "age days hours minutes seconds ms count cnt num number amount price cost duration length size weight height width "
    "ratio rate score distance avg mean total sum"
)
CATEGORY = _set(
    "category categories cat cate type kind class code tag brand city state country region province zip zipcode postal "
    "channel tab slot site page device os browser lang language genre gender sex segment cluster bucket bin group "
    "level onehot author music campaign advertiser creative adgroup shop store seller merchant artist album publisher "
    "source"
)
CLOCK = _set("hour hours hourmin minute weekday dow month quarter season")

_BOUNDARY = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[\W_]+")


def words_of(name: str) -> tuple[str, ...]:
    """The words of a name in lower case: userId, user_id and userid give user, id."""
    found: list[str] = []
    for word in _BOUNDARY.split(name):
        lower = word.lower()
        stem = lower.removesuffix("id")
        found += [stem, "id"] if stem != lower and stem in (*USER, *ITEM) else [lower]
    return tuple(word for word in found if word)


def is_outcome(words: Collection[str]) -> bool:
    """Whether a name tells of what somebody did, and not of how often it was done before."""
    return not OUTCOME.isdisjoint(words) and not is_aggregate(words)


def is_aggregate(words: Collection[str]) -> bool:
    """Whether a name tells of a statistic of the past, like like_count or ctr_7d."""
    return not AGGREGATE.isdisjoint(words) or any(re.fullmatch(r"\d+[dhw]", word) for word in words)


def is_id(words: Collection[str], name: str) -> bool:
    """Whether a name is that of an id, or of an anonymous category like C14."""
    return not ID.isdisjoint(words) or name.endswith("ID") or re.fullmatch(r"[cC]\d+", name) is not None


def is_watch_share(words: Collection[str]) -> bool:
    """Whether a name is that of a share watched, like watch_ratio."""
    is_past = is_aggregate(set(words) - SHARE)
    return not CONSUMED.isdisjoint(words) and not SHARE.isdisjoint(words) and not is_past


def is_spent_time(words: Collection[str]) -> bool:
    """Whether a name is that of a time somebody spent, like play_time_ms or dwell_seconds."""
    return not SPENT.isdisjoint(words) and not (DURATION | {"dwell"}).isdisjoint(words) and not is_aggregate(words)


def is_label(words: Collection[str]) -> bool:
    """Whether a name says that the column is to be predicted, like label_2, y, target_click or churned."""
    if is_aggregate(words) or not ID.isdisjoint(words):
        return False
    return "label" in words or (not LABEL.isdisjoint(words) and LABEL | OUTCOME | {"is"} >= set(words))
