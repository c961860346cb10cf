"""The hidden side of the simulated feed: what users, items and contexts are like, who sees what, and the true logits.

A task's logit is base + spread * (user bias + item quality + taste + context). Each of the four parts is a set of
independent unit-variance components mixed by the square root of the correlation matrix, so the parts, and their sum,
correlate between tasks as the settings say. Taste is sum_k d_tk u_k v_k: how well the user's and the item's vectors
agree in the dimensions k that task t cares about.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from taskfusion.datasets.simulate.settings import TASKS, FeedSettings, FloatArray, IntArray

SPREADS: FloatArray = np.array([1.35, 0.9, 0.6, 1.4, 1.2, 1.2])  # standard deviations of the logits, as TASKS
USER_SHARE, ITEM_SHARE, TASTE_SHARE, CONTEXT_SHARE = 0.3, 0.25, 0.25, 0.2  # of a logit's variance

CATEGORIES = ["animals", "beauty", "comedy", "dance", "fitness", "food"]
CATEGORIES += ["games", "home", "music", "news", "sports", "travel"]
TAGS = tuple(f"{category}-{number}" for category in CATEGORIES for number in range(1, 5))
TAGS_PER_CATEGORY = len(TAGS) // len(CATEGORIES)
AGE_BANDS = ("under-18", "18-23", "24-30", "31-40", "41-49", "50-plus", None)
AGE_SHARES = (0.08, 0.2, 0.24, 0.22, 0.12, 0.08, 0.06)
ACTIVITY_LEVELS = ("low", "middle", "high", "full")
CONTEXTS: dict[str, dict[str, float]] = {
    "tab": {"for-you": 0.72, "home": 0.12, "following": 0.08, "search": 0.05, "nearby": 0.03},
    "device": {"android": 0.62, "ios": 0.28, "tablet": 0.07, "web": 0.03},
    "network": {"wifi": 0.64, "5g": 0.2, "4g": 0.14, "slow": 0.02},
}
HOUR_SHARES: FloatArray = np.array(
    [4, 2.5, 1.6, 1, 0.8, 1, 2, 3, 4, 4, 4.2, 5, 5.6, 5.2, 4.6, 4.4, 4.6, 5, 5.4, 5.6, 6, 6.3, 6.6, 6.2]
)
HOUR_SHARES /= HOUR_SHARES.sum()
# Longer and older videos: effect of one standard deviation on each task, before the tasks are mixed.
DURATION_EFFECT: FloatArray = np.array([0.1, 0.1, -1.4, -0.3, 0.0, 0.1])
AGE_EFFECT: FloatArray = np.array([-0.3, -0.1, 0.0, -0.2, 0.0, 0.2])
FIRST_AUTHOR_ID = 2**60  # neighbours differ by 1 and would be one author if they were read as floats
FIRST_USER_ID, FIRST_ITEM_ID = 10_000_000, 500_000_000
INTEREST_SHARE = 0.5  # of the rows show a video of one of the user's interests; the others any, by popularity
STREAMS = ("users", "items", "context", "directions", "pilot", "history", "rows", "known")


def generator(settings: FeedSettings, stream: str, index: int = 0) -> np.random.Generator:
    """Random numbers of one part of the simulation, independent of those of all other parts."""
    return np.random.default_rng([settings.seed, STREAMS.index(stream), index])


@dataclass(frozen=True)
class Users:
    """Users N: activity is the cumulated share of the rows, interests are tag numbers, -1 past the last."""

    activity: FloatArray  # [N]
    bias: FloatArray  # [N, T]
    taste: FloatArray  # [N, K]
    interests: NDArray[np.int64]  # [N, 5]
    columns: pa.Table  # N rows


@dataclass(frozen=True)
class Items:
    """Items M, sorted by category: category c holds the popularity between edges c and c + 1."""

    popularity: FloatArray  # [M], cumulated
    edges: FloatArray  # [C + 1]
    quality: FloatArray  # [M, T]
    taste: FloatArray  # [M, K]
    age_days: FloatArray  # [M], on the first day
    columns: pa.Table  # M rows


@dataclass(frozen=True)
class World:
    """Everything that is true of the feed before a row is drawn."""

    users: Users
    items: Items
    contexts: dict[str, FloatArray]  # effects of hour, tab, device and network, [levels, T]
    directions: FloatArray  # [T, K]
    mixing: FloatArray  # [T, T], square root of the correlations


@dataclass(frozen=True)
class Rows:
    """Impressions B: positions in the world's users, items and context levels."""

    days: FloatArray  # [B], time since the start
    user: IntArray  # [B]
    item: IntArray  # [B]
    context: dict[str, IntArray]  # hour, tab, device and network, [B] each


def build_world(settings: FeedSettings) -> World:
    """Draw the users, items and contexts of a feed."""
    rng = generator(settings, "directions")
    values, vectors = np.linalg.eigh(settings.correlations)
    mixing: FloatArray = (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T
    basis = np.linalg.qr(rng.standard_normal((settings.latent_dim, len(TASKS))))[0].T
    tag_taste = 0.6 * rng.standard_normal((len(TAGS), settings.latent_dim))
    tag_taste += 0.8 * rng.standard_normal((len(CATEGORIES), settings.latent_dim)).repeat(TAGS_PER_CATEGORY, axis=0)
    return World(
        users=_draw_users(settings, tag_taste),
        items=_draw_items(settings, tag_taste),
        contexts=_draw_contexts(settings),
        directions=_first_towards_agreement(mixing @ basis),
        mixing=mixing,
    )


def draw_rows(world: World, settings: FeedSettings, progress: FloatArray, rng: np.random.Generator) -> Rows:
    """Who is shown what, and where.

    Args:
        world: the users, items and contexts.
        settings: the feed's settings.
        progress: how much of the feed's time has passed at each row, 0..1 without 1, [B].
        rng: source of the draws.
    """
    user = _pick(world.users.activity, rng.random(len(progress)))
    day = np.floor(progress * settings.days)
    hours = np.interp(progress * settings.days - day, np.append(0, np.cumsum(HOUR_SHARES)), np.arange(25))
    hours = np.minimum(hours, np.nextafter(24, 0))
    context = {"hour": hours.astype(np.int64)}
    for name, shares in CONTEXTS.items():
        context[name] = _pick(np.cumsum(list(shares.values())), rng.random(len(user)))
    return Rows(days=day + hours / 24, user=user, item=draw_items(world, user, rng), context=context)


def draw_items(world: World, user: IntArray, rng: np.random.Generator) -> IntArray:
    """The videos shown to users, [B] of [B]: popular ones, and those of the users' interests more often."""
    interests = world.users.interests[user]
    known = (interests >= 0).sum(axis=1)
    chosen = (rng.random(len(user)) * known).astype(np.int64)
    category = interests[np.arange(len(user)), chosen] // TAGS_PER_CATEGORY
    edges = world.items.edges
    by_interest = rng.random(len(user)) < INTEREST_SHARE
    low = np.where(by_interest, edges[category], 0.0)
    high = np.where(by_interest, edges[category + 1], 1.0)
    return _pick(world.items.popularity, low + (high - low) * rng.random(len(user)))


def centred_logits(world: World, rows: Rows) -> FloatArray:
    """Logits before the base that sets a task's rate, [B, T]."""
    effects = np.zeros((len(rows.user), len(TASKS)))
    for name, level in rows.context.items():
        effects += world.contexts[name][level]
    mixed = np.sqrt(USER_SHARE) * world.users.bias[rows.user] + np.sqrt(ITEM_SHARE) * world.items.quality[rows.item]
    mixed = (mixed + np.sqrt(CONTEXT_SHARE) * effects) @ world.mixing
    taste = (world.users.taste[rows.user] * world.items.taste[rows.item]) @ world.directions.T
    logits: FloatArray = SPREADS * (mixed + np.sqrt(TASTE_SHARE) * taste)
    return logits


def lists(values: NDArray[np.int64], kept: NDArray[np.bool_], names: pa.Array) -> pa.Array:
    """A list column, [n] lists: names of those of the values [n, width] that are kept."""
    offsets = np.append(0, np.cumsum(kept.sum(axis=1))).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), names.take(pa.array(values[kept])))


def _draw_users(settings: FeedSettings, tag_taste: FloatArray) -> Users:
    rng, n = generator(settings, "users"), settings.num_users
    activity = np.exp(0.9 * rng.standard_normal(n))
    activity /= activity.sum()
    level = np.searchsorted(np.quantile(activity, [0.25, 0.5, 0.75]), activity, side="right")
    age = rng.choice(len(AGE_BANDS), n, p=AGE_SHARES)
    known_since = np.clip(np.exp(6 + rng.standard_normal(n)), 1, 4_000).astype(np.int64)
    interests = _some_distinct(rng.integers(0, len(TAGS), (n, 5)), rng.integers(1, 6, n))
    bias = 0.8 * rng.standard_normal((len(AGE_BANDS), len(TASKS)))[age]
    bias += 0.6 * rng.standard_normal((len(ACTIVITY_LEVELS), len(TASKS)))[level]
    bias += 0.5 * np.outer(_standard(np.log(known_since)), rng.standard_normal(len(TASKS)))
    bias += 0.6 * rng.standard_normal((n, len(TASKS)))
    taste = 0.9 * _blend(interests, tag_taste) + 0.4 * rng.standard_normal((n, settings.latent_dim))
    columns = pa.table(
        {
            "user_id": pa.array(np.arange(n) + FIRST_USER_ID),
            "age_band": pa.array(AGE_BANDS).take(pa.array(age)),
            "activity_level": pa.array(ACTIVITY_LEVELS).take(pa.array(level)),
            "register_days": pa.array(known_since.astype(np.int32)),
            "interest_tags": lists(interests, interests >= 0, pa.array(TAGS)),
        }
    )
    return Users(np.cumsum(activity), _whitened(bias, activity), _whitened(taste, activity), interests, columns)


def _draw_items(settings: FeedSettings, tag_taste: FloatArray) -> Items:
    rng, n = generator(settings, "items"), settings.num_items
    categories = len(CATEGORIES)
    category = np.sort(np.append(np.arange(categories), rng.integers(0, categories, n - categories)))
    popularity = np.exp(1.3 * rng.standard_normal(n))
    popularity /= popularity.sum()
    own_tags = category[:, None] * TAGS_PER_CATEGORY + rng.integers(0, TAGS_PER_CATEGORY, (n, 2))
    tags = _some_distinct(np.hstack([own_tags, rng.integers(0, len(TAGS), (n, 1))]), rng.integers(1, 4, n))
    author = rng.integers(0, n // 5, n)
    duration = np.clip(np.exp(4.2 + 1.1 * rng.standard_normal(n)), 3, 900)
    age_days = rng.exponential(20, n)
    quality = 0.5 * rng.standard_normal((categories, len(TASKS)))[category]
    quality += 0.6 * rng.standard_normal((n // 5, len(TASKS)))[author]
    quality += np.outer(_standard(np.log(duration)), DURATION_EFFECT) + np.outer(_standard(age_days), AGE_EFFECT)
    quality += 0.3 * rng.standard_normal((n, len(TASKS)))
    taste = 0.9 * _blend(tags, tag_taste) + 0.3 * rng.standard_normal((n // 5, settings.latent_dim))[author]
    taste += 0.25 * rng.standard_normal((n, settings.latent_dim))
    columns = pa.table(
        {
            "item_id": pa.array(rng.permutation(n) + FIRST_ITEM_ID),
            "author_id": pa.array(author + FIRST_AUTHOR_ID),
            "category": pa.array(CATEGORIES).take(pa.array(category)),
            "item_tags": lists(tags, tags >= 0, pa.array(TAGS)),
            "duration_seconds": pa.array(duration.astype(np.float32)),
        }
    )
    cumulated = np.cumsum(popularity)
    edges = np.append(0, cumulated[np.searchsorted(category, np.arange(categories), side="right") - 1])
    quality, taste = _whitened(quality, popularity), _whitened(taste, popularity)
    return Items(cumulated, edges, quality, taste, age_days, columns)


def _draw_contexts(settings: FeedSettings) -> dict[str, FloatArray]:
    """Effects [levels, T] of each context, which together have mean 0 and covariance I."""
    rng = generator(settings, "context")
    shares = {name: np.array(list(levels.values())) for name, levels in CONTEXTS.items()}
    effects = {name: rng.standard_normal((len(share), len(TASKS))) for name, share in shares.items()}
    angle = 2 * np.pi * np.arange(24) / 24
    waves = np.column_stack([np.sin(angle), np.cos(angle), np.sin(2 * angle), np.cos(2 * angle)])
    shares["hour"] = HOUR_SHARES
    effects["hour"] = 0.5 * waves @ rng.standard_normal((4, len(TASKS)))
    centred = {name: effect - shares[name] @ effect for name, effect in effects.items()}
    covariance = sum((effect.T * shares[name]) @ effect for name, effect in centred.items())
    root = _inverse_root(np.asarray(covariance))
    return {name: effect @ root for name, effect in centred.items()}


def _first_towards_agreement(directions: FloatArray) -> FloatArray:
    """The directions [T, K] turned so that the first task cares for all dimensions of taste alike."""
    target = np.full(directions.shape[1], directions.shape[1] ** -0.5)
    mirror = directions[0] - target
    turned: FloatArray = directions - 2 * np.outer(directions @ mirror, mirror) / (mirror @ mirror)
    return turned


def _some_distinct(draws: NDArray[np.int64], lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """The different ones among each row's first draws, in order of size, then -1, [n, width]."""
    top = np.iinfo(np.int64).max
    found = np.where(np.arange(draws.shape[1]) < lengths[:, None], draws, top)
    found.sort(axis=1)
    found[:, 1:][found[:, 1:] == found[:, :-1]] = top
    found.sort(axis=1)
    return np.where(found == top, -1, found)


def _blend(tags: NDArray[np.int64], tag_taste: FloatArray) -> FloatArray:
    """Tastes [n, K] of rows of tags [n, width], of unit variance whatever the number of tags."""
    padded = np.vstack([tag_taste, np.zeros(tag_taste.shape[1])])
    blend = np.zeros((len(tags), tag_taste.shape[1]))
    for position in range(tags.shape[1]):
        blend += padded[tags[:, position]]
    blend /= np.sqrt((tags >= 0).sum(axis=1))[:, None]
    return blend


def _whitened(values: FloatArray, weights: FloatArray) -> FloatArray:
    """The values [n, width], linearly changed as little as it takes to have weighted mean 0 and covariance I."""
    centred = values - weights @ values
    whitened: FloatArray = centred @ _inverse_root((centred.T * weights) @ centred)
    return whitened


def _inverse_root(covariance: FloatArray) -> FloatArray:
    values, vectors = np.linalg.eigh(covariance)
    root: FloatArray = (vectors / np.sqrt(values)) @ vectors.T
    return root


def _standard(values: FloatArray) -> FloatArray:
    standard: FloatArray = (values - values.mean()) / values.std()
    return standard


def _pick(cumulated: FloatArray, uniform: FloatArray) -> IntArray:
    """Positions drawn by cumulated shares; rounding may leave the last share just below 1."""
    return np.minimum(np.searchsorted(cumulated, uniform, side="right"), len(cumulated) - 1)
