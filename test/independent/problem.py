"""What verify.py takes a config and its arrays to mean: target, loss, norms, phi and g of a branch."""
import math
from functools import reduce
import numpy as np

class NotCovered(Exception):
    pass

def need(covered, what):
    if not covered:
        raise NotCovered(what)

class Norm:
    """a |x|_2 + b |x|_1, on x >= 0 where `positive`; not below floor |x|_2."""
    def __init__(self, norm, constraint):
        weights = {norm: 1} if isinstance(norm, str) else norm
        self.a, self.b = weights.get("l2", 0), weights.get("l1", 0)
        self.positive = constraint in ("nonnegative", ["nonnegative"])
        need(weights.keys() <= {"l1", "l2"} and (self.positive or constraint == []), f"norm {norm}, constraint {constraint}")
        self.floor, self.round = self.a + self.b, self.b == 0 and not self.positive

    def value(self, x):
        return math.inf if self.positive and (x < 0).any() else self.a * np.linalg.norm(x) + self.b * abs(x).sum()

    def dual(self, rows):
        """Of each row p: the least s with |(|p| - s b)+|_2 <= s a, by bisection."""
        p = np.maximum(rows, 0) if self.positive else abs(rows)
        if self.a == 0:
            return p.max(axis=1) / self.b
        low, high = np.zeros(len(p)), np.linalg.norm(p, axis=1) / self.a
        for _ in range(60 if self.b else 0):
            s = (low + high) / 2
            enough = np.linalg.norm(np.maximum(p - s[:, None] * self.b, 0), axis=1) <= s * self.a
            low, high = np.where(enough, low, s), np.where(enough, s, high)
        return high

def loss_of(loss, outliers):
    """L(x; y), its derivative, and -L*(-q), which is -inf where L* is infinite. Outliers in Q make a squared loss Huber's."""
    name, c = next(iter(loss.items())) if isinstance(loss, dict) else (loss, 1)
    minus_log = lambda p: -p * np.log(np.where(p > 0, p, 1))
    if name == "logistic":
        entropy = lambda p: minus_log(p) + minus_log(1 - p)
        return (lambda x, y: np.logaddexp(0, -y * x), lambda x, y: -y / (1 + np.exp(y * x)),
                lambda q, y: np.where((q * y >= 0) & (q * y <= 1), entropy(np.clip(q * y, 0, 1)), -np.inf))
    if name == "squared-hinge":
        return (lambda x, y: np.maximum(0, 1 - y * x) ** 2 / 2, lambda x, y: -y * np.maximum(0, 1 - y * x),
                lambda q, y: np.where(q * y >= 0, q * y - q * q / 2, -np.inf))
    if name == "poisson":
        return (lambda x, y: np.exp(x) - y * x, lambda x, y: np.exp(x) - y,
                lambda q, y: np.where(y >= q, y - q + minus_log(y - q), -np.inf))
    need(name in ("squared", "huber"), f"loss {name}")
    c, most = (1, c) if name == "huber" else (c, outliers)
    knee = lambda r: np.minimum(abs(r), most / c)
    return (lambda x, y: c * knee(x - y) * (abs(x - y) - knee(x - y) / 2), lambda x, y: np.clip(c * (x - y), -most, most),
            lambda q, y: np.where(abs(q) <= most * (1 + 1e-12), q * y - q * q / (2 * c), -np.inf))

class Problem:
    def __init__(self, config, arrays):
        data, loss, extra = config["data"], config.get("loss", "squared"), config.get("extra", {})
        mapping, charge = ({"kind": x} if isinstance(x, str) else x for x in (config["mapping"], config.get("regularizer", {})))
        need(data.keys() <= {"target", "mask", "input", "bias"} and not extra.get("intercept"), "sensing and intercepts")
        self.kind, self.form, y = mapping["kind"], charge.get("kind", "product"), arrays["target"]
        y = y[:, None] if y.ndim == 1 else y
        self.seen = ~np.isnan(y) & (arrays["mask"].reshape(y.shape) == 1 if "mask" in arrays else True)
        self.y = np.where(y == 0, -1, y) if loss in ("logistic", "squared-hinge") else y
        self.loss, self.slope, self.dual = loss_of(loss, extra.get("outliers", {}).get("l1", np.inf))
        self.inputs, self.degrees = None, {"symmetric": [2], "cp": [1] * y.ndim}.get(self.kind, [1, 1])
        if self.kind == "network":
            layers = [layer if isinstance(layer, str) else next(iter(layer.items())) for layer in mapping.get("layers", [])]
            is_neuron = layers[:2] == [("dense", 1), "relu"] and layers[2:] in (["dense"], [("dense", y.shape[1])])
            need(is_neuron and arrays["input"].ndim == 2, "networks but one hidden layer of ReLU")
            self.inputs = np.hstack([arrays["input"], np.ones((len(y), int(data.get("bias", False))))])
        general, norm = charge.get("constraint", config.get("constraint", [])), charge.get("norm", "l2")
        given = charge.get("factors") or [{"norm": each} for each in charge.get("norms", len(self.degrees) * [norm])]
        self.norms = [Norm(each.get("norm", norm), each.get("constraint", general)) for each in given]
        matched = self.form in ("product", "power") or self.form == "weight-decay" and sum(self.degrees) == 2
        need(matched, f"regularizer {self.form}")
        # Balanced factors have a product of norms of this times g.
        self.scale = 2 if self.form == "weight-decay" and self.kind == "symmetric" else 1

    def phi(self, x):
        if self.kind == "network":
            x = [np.maximum(self.inputs @ x[0], 0), x[1]]
        return reduce(np.multiply.outer, [*x, *x] if self.kind == "symmetric" else x)

    def g(self, x):
        sizes, p = [(norm.value(each), m) for norm, each, m in zip(self.norms, x, self.degrees)], sum(self.degrees)
        if self.form == "product":
            return math.prod(n ** m for n, m in sizes)
        return sum(n ** 2 for n, _ in sizes) / 2 if self.form == "weight-decay" else sum(m * n ** p for n, m in sizes) / p

    def gradient(self, x):
        """w = -grad l at x, 0 where nothing is observed."""
        return np.where(self.seen, -self.slope(x, self.y), 0)

    def lower_bound(self, w, most):
        """max D(t) over 0 <= t <= most, which is concave, by thirds; and its t."""
        value = lambda t: self.dual(t * w[self.seen], self.y[self.seen]).sum()
        low, high = 0.0, most
        for _ in range(200):
            a, b = low + (high - low) / 3, high - (high - low) / 3
            low, high = (a, high) if value(a) < value(b) else (low, b)
        return max((value(t), t) for t in (0.0, low, most))
