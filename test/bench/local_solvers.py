"""Solvers of the problems of peers.py that are not convex in what they descend on: networks and tensors. See solvers.py."""
import numpy as np

from solvers import lbfgs

# --- networks


def relu_score(V, y, lam, units):
    d = V.shape[1]

    def score(x):
        W, a = x[: d * units].reshape(d, units), x[d * units :]
        return 0.5 * ((np.maximum(V @ W, 0) @ a - y) ** 2).sum() + lam * (np.linalg.norm(W, axis=0) * np.abs(a)).sum()

    return score


def relu_start(d, units, seed):
    rng = np.random.default_rng(seed)
    return np.concatenate([rng.standard_normal(d * units) / np.sqrt(d), rng.standard_normal(units) / np.sqrt(units)])


def relu_lbfgs(trace, V, y, lam, units, seed):
    """L-BFGS-B on 1/2|relu(V W) a - y|^2 + lam/2 (|W|^2 + |a|^2)."""
    d = V.shape[1]

    def both(x):
        W, a = x[: d * units].reshape(d, units), x[d * units :]
        Z = V @ W
        H = np.maximum(Z, 0)
        r = H @ a - y
        gradient = [(V.T @ (np.outer(r, a) * (Z > 0)) + lam * W).ravel(), H.T @ r + lam * a]
        return 0.5 * r @ r + 0.5 * lam * x @ x, np.concatenate(gradient)

    score = relu_score(V, y, lam, units)
    return lbfgs(trace, both, relu_start(d, units, seed), score, iterations=3000, ftol=1e-14, gtol=1e-9)


def relu_adam(trace, V, y, lam, units, seed, steps=5000, rate=1e-2):
    """Adam (Kingma, Ba 2015), full batch, its step decayed along a cosine."""
    d = V.shape[1]
    x = relu_start(d, units, seed)
    score = relu_score(V, y, lam, units)
    W, a = x[: d * units].reshape(d, units), x[d * units :]
    first, second = np.zeros_like(x), np.zeros_like(x)
    for step in range(1, steps + 1):
        Z = V @ W
        H = np.maximum(Z, 0)
        r = H @ a - y
        g = np.concatenate([(V.T @ (np.outer(r, a) * (Z > 0)) + lam * W).ravel(), H.T @ r + lam * a])
        first = 0.9 * first + 0.1 * g
        second = 0.999 * second + 0.001 * g * g
        length = rate * 0.5 * (1 + np.cos(np.pi * step / steps))
        x -= length * (first / (1 - 0.9**step)) / (np.sqrt(second / (1 - 0.999**step)) + 1e-8)
        if step % 50 == 0:
            trace.stop()
            trace.record(score(x))
            if trace.seconds > trace.budget:
                break
    return trace


# --- tensors


def cp_objective(Y, factors, lam):
    """1/2|Y - [A, B, C]|^2 + lam sum |a||b||c|."""
    sizes = np.prod([np.linalg.norm(f, axis=0) for f in factors], axis=0)
    return 0.5 * ((Y - np.einsum("ir,jr,kr->ijk", *factors)) ** 2).sum() + lam * sizes.sum()


def unfoldings(Y):
    return [np.ascontiguousarray(np.moveaxis(Y, k, 0).reshape(Y.shape[k], -1)) for k in range(3)]


def khatri_rao(A, B):
    return (A[:, None, :] * B[None, :, :]).reshape(-1, A.shape[1])


def cp_start(Y, rank, seed):
    rng = np.random.default_rng(seed)
    return [rng.standard_normal((k, rank)) for k in Y.shape]


def cp_als(trace, Y, rank, lam, seed, prune=False):
    """Alternating least squares, the l2 norm of a factor's column by reweighted squares. With `prune`, components that have
    come to nothing are dropped."""
    factors = cp_start(Y, rank, seed)
    unfolded = unfoldings(Y)
    while True:
        for k in range(3):
            A, B = [factors[j] for j in range(3) if j != k]
            weight = np.linalg.norm(A, axis=0) * np.linalg.norm(B, axis=0)
            size = np.maximum(np.linalg.norm(factors[k], axis=0), 1e-12)
            gram = (A.T @ A) * (B.T @ B) + np.diag(lam * weight / size)
            factors[k] = np.linalg.solve(gram, (unfolded[k] @ khatri_rao(A, B)).T).T
        if prune:
            sizes = np.prod([np.linalg.norm(f, axis=0) for f in factors], axis=0)
            kept = sizes > 1e-9 * sizes.max()
            if not kept.all():
                factors = [f[:, kept] for f in factors]
        trace.stop()
        trace.record(cp_objective(Y, factors, lam))
        if trace.done(20, 1e-10):
            return trace


def cp_lbfgs(trace, Y, rank, lam, seed, scale=1.0):
    """L-BFGS on the sum of cubes lam/3 sum (|a|^3 + |b|^3 + |c|^3), whose minima are those of lam sum |a||b||c|."""
    ends = np.cumsum([0, *(n * rank for n in Y.shape)])
    unfolded = unfoldings(Y)
    split = lambda x: [x[ends[k] : ends[k + 1]].reshape(-1, rank) for k in range(3)]
    half = 0.5 * np.vdot(Y, Y)

    def both(x):
        factors = split(x)
        grams = [f.T @ f for f in factors]
        sizes = [np.sqrt(np.diag(g)) for g in grams]
        parts = []
        for k in range(3):
            i, j = [i for i in range(3) if i != k]
            product = unfolded[k] @ khatri_rao(factors[i], factors[j])
            parts.append((factors[k] @ (grams[i] * grams[j]) - product + lam * factors[k] * sizes[k]).ravel())
        inner = np.vdot(factors[2], product)
        model = (grams[0] * grams[1] * grams[2]).sum()
        value = half - inner + 0.5 * model + lam / 3 * sum((s**3).sum() for s in sizes)
        return value, np.concatenate(parts)

    start = scale * np.concatenate([f.ravel() for f in cp_start(Y, rank, seed)])
    return lbfgs(trace, both, start, lambda x: cp_objective(Y, split(x), lam), memory=20)
