"""The solved classifier is the documented objective's optimum, and far better than the tutorial's head."""

from __future__ import annotations

import numpy as np
import pytest
from digit_vectors import TASK, answers, shots

from zoo import Classification, MultiLabel, Regression
from zoo.core.scores import log_softmax
from zoo.training.linear_heads import can_solve, solve_head
from zoo.training.linear_heads.standardize import standard


def standardised(features):
    scale = features.std(0, dtype=np.float64)
    flat = scale == 0
    found = (features - features.mean(0, dtype=np.float64)) / np.where(flat, 1, scale)
    return np.where(flat, 0, found), np.where(flat, 1, scale)


def slope(features, targets, weight, bias, strength, weights=None):
    """Gradient of the objective of zoo/training/linear_heads/logistic.py, divided by C N."""
    shares = np.exp(log_softmax(features @ weight.T + bias))
    shares[np.arange(len(targets)), targets] -= 1
    each = np.ones(len(targets)) if weights is None else weights[targets] / weights[targets].mean()
    shares *= each[:, None]
    of_weight = shares.T @ features / len(targets) + weight / (strength * len(targets))
    return np.abs(of_weight).max(), np.abs(shares.mean(0)).max()


@pytest.mark.parametrize(
    ("classes", "each", "weighted"), [(10, 5, False), (2, 5, False), (3, 1, False), (4, 8, True)]
)
def test_it_is_where_the_documented_objective_is_least(classes, each, weighted):
    features, targets, _, _ = shots(each)
    some = targets < classes
    # The classes are unequal, so that weights matter.
    some[np.flatnonzero(some)[: each - 1]] = False
    features, targets = features[some], targets[some]
    task = Classification(classes=TASK.classes[:classes])
    weights = task.class_weights(targets) if weighted else None
    head = solve_head(features, targets, task, class_weights=weights)
    strength = head.settings["C"]
    assert strength == (0.1 if np.bincount(targets).min() == 1 else 1.0)
    inputs, scale = standardised(features)
    weight = head.weight.astype(np.float64) * scale
    bias = head.bias + head.weight.astype(np.float64) @ features.mean(0, dtype=np.float64)
    assert max(slope(inputs, targets, weight, bias, strength, weights)) < 2e-6
    # The yardstick is not blind: a hundredth more of C moves it.
    assert max(slope(inputs, targets, weight, bias, strength * 1.01, weights)) > 2e-5


def test_the_folded_head_answers_on_raw_features_as_the_solver_on_standardised_ones():
    from sklearn.linear_model import LogisticRegression

    features, targets, others, _ = shots(5)
    # Scales and means that differ by ten orders.
    stretch = np.float32(10.0) ** np.linspace(-5, 5, 64, dtype=np.float32)
    shift = np.linspace(-3, 3, 64, dtype=np.float32) * stretch
    features, others = features * stretch + shift, others * stretch + shift
    head = solve_head(features, targets, TASK)
    inputs, scale = standardised(features)
    model = LogisticRegression(C=1.0, tol=1e-8, max_iter=5000).fit(inputs, targets)
    wanted = np.where(scale == 1, 0, (others - features.mean(0, dtype=np.float64)) / scale) @ model.coef_.T
    wanted += model.intercept_
    assert np.abs(answers(head, others.astype(np.float64)) - wanted).max() < 1e-3
    assert head.weight.dtype == head.bias.dtype == np.float32
    assert head.weight.shape == (10, 64)


def tutorial(features, targets, *, rate=1e-3, epochs=10, batch=32, seed=0):
    """Freeze all, a new linear head, Adam 1e-3, 10 epochs: on standardised vectors, to its advantage."""
    chance = np.random.default_rng(seed)
    weight = chance.uniform(-1, 1, (65, 10)) / 8
    inputs = np.concatenate([features, np.ones((len(features), 1))], 1)
    first, second, step = np.zeros_like(weight), np.zeros_like(weight), 0
    for _ in range(epochs):
        order = chance.permutation(len(inputs))
        for start in range(0, len(order), batch):
            rows = order[start : start + batch]
            shares = np.exp(log_softmax(inputs[rows] @ weight))
            shares[np.arange(len(rows)), targets[rows]] -= 1
            gradient, step = inputs[rows].T @ shares / len(rows), step + 1
            first, second = 0.9 * first + 0.1 * gradient, 0.999 * second + 0.001 * gradient**2
            weight -= rate * first / (1 - 0.9**step) / (np.sqrt(second / (1 - 0.999**step)) + 1e-8)
    return weight


def test_five_examples_a_class_are_enough_for_the_solver_and_not_for_the_tutorial():
    solved, taught = [], []
    for seed in range(5):
        features, targets, others, wanted = shots(5, seed)
        head = solve_head(features, targets, TASK)
        solved.append((answers(head, others).argmax(1) == wanted).mean())
        inputs, scale = standardised(features)
        weight = tutorial(inputs, targets, seed=seed)
        tried = np.where(scale == 1, 0, (others - features.mean(0)) / scale)
        taught.append(((tried @ weight[:-1] + weight[-1]).argmax(1) == wanted).mean())
    assert np.mean(solved) > 0.8
    assert np.mean(solved) > np.mean(taught) + 0.2
    assert min(np.array(solved) - np.array(taught)) > 0.1


def test_strength_is_cross_validated_only_above_ten_examples_a_class():
    few, many = shots(10), shots(11)
    assert "cross-validation" not in solve_head(few[0], few[1], TASK).note
    head = solve_head(many[0], many[1], TASK)
    assert "C by 5-fold cross-validation" in head.note
    # Labels at random: the strongest penalty is the best.
    noise = np.random.default_rng(0).permutation(many[1])
    assert solve_head(many[0], noise, TASK).settings == {"C": 0.01}
    assert head.settings["C"] >= 1


def test_companions_score_what_other_hands_compute():
    from sklearn.neighbors import NearestCentroid

    features, targets, others, wanted = shots(5)
    head = solve_head(features, targets, TASK, held_out=(others, wanted))
    assert set(head.reference_scores) == {"nearest class mean", "nearest neighbours", "ridge"}

    def unit(rows):
        rows = (rows - features.mean(0)).astype(np.float64)
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)

    centroid = (
        NearestCentroid()
        .fit(unit(features)[:, features.std(0) > 0], targets)
        .score(unit(others)[:, features.std(0) > 0], wanted)
    )
    assert head.reference_scores["nearest class mean"]["accuracy"] == pytest.approx(centroid, abs=2e-3)
    alike = unit(others) @ unit(features).T
    votes = np.zeros((len(others), 10))
    for row, (near, line) in enumerate(zip(np.argsort(-alike, 1)[:, :20], alike, strict=True)):
        for one in near:
            votes[row, targets[one]] += np.exp(line[one] / 0.07)
    share = (votes.argmax(1) == wanted).mean()
    assert head.reference_scores["nearest neighbours"]["accuracy"] == pytest.approx(share, abs=2e-3)
    assert 0.75 < head.reference_scores["ridge"]["accuracy"] < 1


def test_leave_one_out_accuracy_is_that_of_fits_without_the_one():
    from sklearn.linear_model import Ridge

    features, targets, _, _ = shots(5)
    said = solve_head(features, targets, TASK).reference_scores
    inputs, _ = standardised(features)
    rows = np.arange(len(inputs))
    outputs = {}
    for alpha in 10.0 ** np.arange(-2, 7):
        model = Ridge(alpha=alpha)
        left = [
            model.fit(inputs[rows != i], np.eye(10)[targets[rows != i]]).predict(inputs[[i]])[0] for i in rows
        ]
        outputs[np.square(np.array(left) - np.eye(10)[targets]).sum()] = left
    best = np.array(outputs[min(outputs)])
    assert said == {"ridge": {"leave_one_out_accuracy": (best.argmax(1) == targets).mean()}}
    # It would take the only example of a class away.
    single = shots(1)
    assert not solve_head(single[0], single[1], TASK).reference_scores


def test_an_unseen_class_is_never_the_answer_and_has_no_infinite_loss():
    features, targets, others, wanted = shots(5)
    seen = targets < 7
    head = solve_head(features[seen], targets[seen], TASK)
    outputs = answers(head, others)
    assert outputs.argmax(1).max() < 7
    shares = np.exp(log_softmax(outputs))
    assert 0 < shares[:, 7:].max() < 1 / seen.sum()
    assert np.isfinite(TASK.loss(TASK.observe(outputs, wanted)))


def test_one_class_alone_is_the_answer():
    features, targets, others, _ = shots(5)
    head = solve_head(features[targets == 3], targets[targets == 3], TASK)
    assert (answers(head, others).argmax(1) == 3).all()


def test_twins_and_constants_change_no_answer():
    features, targets, others, _ = shots(5)

    def wider(rows):
        return np.concatenate([rows, np.full((len(rows), 2), 0.1, np.float32)], 1)

    plain, with_constants = solve_head(features, targets, TASK), solve_head(wider(features), targets, TASK)
    assert not with_constants.weight[:, 64:].any()
    np.testing.assert_allclose(
        answers(with_constants, wider(others)), answers(plain, others), atol=1e-3, rtol=1e-4
    )
    twins = solve_head(np.tile(features, 2), targets, TASK)
    np.testing.assert_allclose(twins.weight[:, :64], twins.weight[:, 64:], atol=1e-6)
    # What never changed in training may change later, and must not speak.
    assert not standard(wider(features)).apply(wider(others) + 1)[:, 64:].any()
    others = wider(others)
    others[:, 64:] = 1e6
    assert np.isfinite(answers(with_constants, others)).all()
    assert (answers(with_constants, others) == answers(with_constants, wider(others[:, :64]))).all()


def test_a_dimension_of_rounding_alone_has_no_weight():
    """A unit of a network that never woke: 1e-9, where the others are about 1. Its mean is no larger."""
    features, targets, *_ = shots(5)
    chance = np.random.default_rng(0)

    def wider(rows):
        asleep = chance.normal(size=(len(rows), 1)).astype(np.float32) * np.float32(1e-9)
        return np.concatenate([rows, asleep], 1)

    head = solve_head(wider(features), targets, TASK)
    assert not head.weight[:, 64].any()
    assert np.abs(head.weight).max() < 1e3


@pytest.mark.parametrize("each", [5, 12])
def test_the_same_vectors_give_the_same_bits(each):
    features, targets, others, wanted = shots(each)
    one, two = (solve_head(features, targets, TASK, seed=3, held_out=(others, wanted)) for _ in range(2))
    assert one.weight.tobytes() == two.weight.tobytes()
    assert one.bias.tobytes() == two.bias.tobytes()
    assert (one.settings, one.reference_scores, one.note) == (two.settings, two.reference_scores, two.note)


def test_the_note_says_what_was_done():
    features, targets, _, _ = shots(5)
    head = solve_head(features, targets, TASK)
    assert head.note.startswith("logistic regression, C = 1, on 50 vectors of 64, converged in ")
    assert head.seconds > 0


def test_what_is_too_wide_for_any_solver_is_said():
    assert can_solve(TASK, 10**7, 2048)
    assert can_solve(TASK, 1, 1)
    assert not can_solve(TASK, 0, 64)
    vast = Classification(classes=tuple(map(str, range(30000))))
    assert not can_solve(vast, 10**6, 4096)


def test_memory_maps_are_taken(tmp_path):
    features, targets, _, _ = shots(12)
    np.save(tmp_path / "vectors.npy", features)
    mapped = solve_head(np.load(tmp_path / "vectors.npy", mmap_mode="r"), targets, TASK)
    assert mapped.weight.tobytes() == solve_head(features, targets, TASK).weight.tobytes()


def test_views_of_an_input_do_not_vouch_for_each_other():
    random = np.random.default_rng(0)
    plain, targets = random.normal(size=(48, 60)).astype(np.float32), np.arange(48) % 4
    values = random.normal(size=(48, 1))

    def solved(features, wanted, task, views):
        near = [features + np.float32(1e-3) * random.normal(size=features.shape) for _ in range(views - 1)]
        rows = np.concatenate([features, *near]).astype(np.float32)
        return solve_head(rows, np.concatenate([wanted] * views), task, views=views)

    task = Classification(classes=("a", "b", "c", "d"))
    alone, several = (solved(plain, targets, task, views) for views in (1, 5))
    assert several.settings == alone.settings == {"C": 0.01}, "noise cannot be told, however often it is seen"
    sure = [one.reference_scores["ridge"]["leave_one_out_accuracy"] for one in (alone, several)]
    assert sure[0] == sure[1] < 0.5
    numbers = Regression().fitted(values)
    alone, several = (solved(plain, values, numbers, views) for views in (1, 5))
    assert several.settings["alpha"] == 5 * alone.settings["alpha"]
    assert several.reference_scores["ridge"]["leave_one_out_r2"] < 0.1


@pytest.mark.parametrize("each", [2, 12])
@pytest.mark.parametrize("kind", ["classification", "multi-label", "regression"])
def test_equal_views_give_the_head_of_one(kind, each):
    """At 12 examples a class C is chosen, too. One class and one label have no example at all."""
    random = np.random.default_rng(1)
    classes = np.repeat([0, 1, 2], each)
    features = (random.normal(size=(len(classes), 6)) + 0.3 * classes[:, None]).astype(np.float32)
    if kind == "classification":
        task, targets = Classification(classes=("a", "b", "c", "none")), classes
    elif kind == "multi-label":
        task, targets = MultiLabel(labels=("a", "b", "none")), np.eye(4, dtype=np.float32)[classes][:, 1:]
    else:
        targets = features[:, :1] + random.normal(size=(len(classes), 1))
        task = Regression().fitted(targets)
    one = solve_head(features, targets, task, alone=True)
    rows = np.tile(features, (8, 1)), np.concatenate([targets] * 8)
    eight = solve_head(*rows, task, alone=True, views=8)
    assert np.linalg.norm(one.weight) > 0.1
    np.testing.assert_allclose(eight.weight, one.weight, atol=1e-4)
    np.testing.assert_allclose(eight.bias, one.bias, atol=1e-4)
