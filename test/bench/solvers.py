"""The convex solvers that peers.py times: what people use for these problems, in numpy + scipy, tuned where it helps them.

Every solver takes a Trace, records its objective after each step and stops when `trace.done()`. Recording is not timed, a
solver proves nothing, and the ranks that some of them are given would have to be guessed: all of it in their favor."""
import time

import numpy as np
import scipy.linalg as la
import scipy.sparse as sp
import scipy.sparse.linalg as spl


class Trace:
    """Objective against running time, the recording itself not counted."""

    def __init__(self, budget=60.0, goal=-np.inf):
        self.budget, self.goal = budget, goal
        self.seconds, self.points, self._mark = 0.0, [], time.perf_counter()

    def stop(self):
        self.seconds += time.perf_counter() - self._mark

    def record(self, objective):
        self.points.append((self.seconds, float(objective)))
        self._mark = time.perf_counter()

    def done(self, steps=30, tolerance=1e-12):
        """Out of time, at the goal, or without a relative decrease of `tolerance` over `steps` records."""
        last = self.points[-1][1]
        stalled = len(self.points) > steps and self.points[-steps][1] - last <= tolerance * abs(last)
        return self.seconds > self.budget or last <= self.goal or stalled


# --- soft thresholding of singular values: argmin_X 1/2|X - Z|^2 + t|X|_* = sum (s - t)+ u v^T, as (left, right) factors


def svt_full(Z, t):
    """One full SVD (LAPACK's divide and conquer)."""
    U, s, Vt = np.linalg.svd(Z, full_matrices=False)
    k = int((s > t).sum())
    return U[:, :k] * (s[:k] - t), Vt[:k], float((s[:k] - t).sum())


def svt_gram(Z, t):
    """The eigenvalues above t^2 of the smaller Gram matrix: half the accuracy of an SVD, and fewer operations."""
    if Z.shape[0] < Z.shape[1]:
        left, right, value = svt_gram(Z.T, t)
        return right.T, left.T, value
    w, V = la.eigh(Z.T @ Z, driver="evr", subset_by_value=(t * t, np.inf), overwrite_a=True, check_finite=False)
    s = np.sqrt(w)
    return (Z @ V) * ((s - t) / s), V.T, float((s - t).sum())


def svt_arpack(k, tolerance=0.0):
    """ARPACK's k largest singular values."""

    def svt(Z, t):
        U, s, Vt = spl.svds(Z, k=k, tol=tolerance, rng=np.random.default_rng(0))
        d = np.maximum(s - t, 0)
        return U * d, Vt, float(d.sum())

    return svt


def svt_randomized(k, passes):
    """Randomized range finder (Halko, Martinsson, Tropp 2011) with power iterations."""

    def svt(Z, t):
        Q = np.random.default_rng(0).standard_normal((Z.shape[1], k))
        for _ in range(passes):
            Q = la.qr(Z.T @ (Z @ Q), mode="economic", check_finite=False)[0]
        return ritz(Z, Q, t)[:3]

    return svt


def ritz(Z, V, t):
    """Soft thresholding of Z on the range of Z V: left, right, value, and the directions for the next call, best first."""
    Q = la.qr(Z @ V, mode="economic", check_finite=False, overwrite_a=True)[0]
    B = Q.T @ Z
    w, U = la.eigh(B @ B.T, check_finite=False)
    w, U = w[::-1], U[:, ::-1]
    s = np.sqrt(np.maximum(w, 0))
    k = int((s > t).sum())
    right = U.T @ B
    right /= np.maximum(s, 1e-300)[:, None]
    return (Q @ U[:, :k]) * (s[:k] - t), right[:k], float((s[:k] - t).sum()), right.T


class WarmSvt:
    """Soft thresholding on a subspace that is carried from call to call: a few passes of block power iteration each."""

    def __init__(self, columns, rank, spare=8, passes=1):
        self.spare, self.passes, self.random = spare, passes, np.random.default_rng(0)
        self.V = self.random.standard_normal((columns, rank + spare))

    def __call__(self, Z, t):
        for _ in range(1, self.passes):
            self.V = Z.T @ la.qr(Z @ self.V, mode="economic", check_finite=False, overwrite_a=True)[0]
        left, right, value, directions = ritz(Z, self.V, t)
        k = left.shape[1]
        width = min(k + self.spare, *Z.shape)
        missing = width - directions.shape[1]
        # All directions in use: there may be more above t.
        extra = self.random.standard_normal((len(directions), max(missing, 0))) / np.sqrt(len(directions))
        self.V = np.hstack([directions[:, :width], extra])
        return left, right, value


# --- convex problems


def accelerated_proximal_gradient(trace, gradient, loss, step, shape, svt, lam, stall=30):
    """FISTA with restart by the angle of the step (O'Donoghue, Candes 2015), which needs no objective.

    `gradient(Z)` is the gradient at Z, `loss(X)` the smooth part, `step` one over its Lipschitz constant."""
    X = np.zeros(shape)
    Z, momentum = X, 1.0
    while True:
        left, right, value = svt(Z - step * gradient(Z), lam * step)
        following = left @ right
        move = following - X
        if np.vdot(Z - following, move) > 0:
            momentum = 1.0
        grown = (1 + np.sqrt(1 + 4 * momentum * momentum)) / 2
        Z = following + ((momentum - 1) / grown) * move
        X, momentum = following, grown
        trace.stop()
        trace.record(loss(X) + lam * value)
        if trace.done(stall):
            return trace


def soft_impute_svds(trace, Y, observed, lam, rank):
    """softImpute (Mazumder, Hastie, Tibshirani 2010) with scipy's truncated SVD."""
    X = np.zeros_like(Y)
    while True:
        U, s, Vt = spl.svds(np.where(observed, Y, X), k=rank + 5, rng=np.random.default_rng(0))
        d = np.maximum(s - lam, 0)
        X = (U * d) @ Vt
        trace.stop()
        trace.record(0.5 * (((Y - X) * observed) ** 2).sum() + lam * d.sum())
        if trace.done(10):
            return trace


class Entries:
    """Observed entries of a large table, in blocks of rows: a product with the residual costs less as a dense gemm
    per block than as a sparse one, down to a density of a few percent."""

    def __init__(self, rows, cols, values, shape, block=256):
        order = np.lexsort((cols, rows))
        self.shape, self.block = shape, block
        self.cols, self.values = cols[order], values[order]
        self.start = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=shape[0]))])
        inside = rows[order] % block
        self.place = inside * shape[1] + self.cols

    def blocks(self):
        for first in range(0, self.shape[0], self.block):
            last = min(first + self.block, self.shape[0])
            span = slice(self.start[first], self.start[last])
            yield slice(first, last), self.place[span], self.values[span]

    def residual_products(self, A, B, U, V):
        """With R = P(Y - A B^T), not kept: R V, R^T U and |R|^2."""
        RV = np.empty((self.shape[0], V.shape[1]))
        RU = np.zeros((self.shape[1], U.shape[1]))
        square = 0.0
        table = np.empty((self.block, self.shape[1]))
        for span, place, values in self.blocks():
            P = (A[span] @ B.T).ravel()
            R = table[: span.stop - span.start]
            R.fill(0)
            rest = values - P[place]
            R.ravel()[place] = rest
            square += rest @ rest
            RV[span] = R @ V
            RU += R.T @ U[span]
        return RV, RU, square


def ridge_als(trace, entries, lam, rank, seed=0):
    """Alternating ridge regressions of every row and column: 1/2|P(Y - A B^T)|^2 + lam/2 (|A|^2 + |B|^2)."""
    m, n = entries.shape
    order = np.argsort(entries.cols, kind="stable")
    rows = np.repeat(np.arange(m), np.diff(entries.start))
    ends = np.cumsum(np.bincount(entries.cols, minlength=n))
    by_column = (np.concatenate([[0], ends]), rows[order], entries.values[order])
    by_row = (entries.start, entries.cols, entries.values)
    A = np.zeros((m, rank))
    B = np.random.default_rng(seed).standard_normal((n, rank))
    ridge = lam * np.eye(rank)

    def solve(start, index, values, other, out):
        for i in range(len(out)):
            span = slice(start[i], start[i + 1])
            F = other[index[span]]
            out[i] = la.lapack.dposv(F.T @ F + ridge, F.T @ values[span], lower=True)[1]

    while True:
        solve(*by_row, B, A)
        solve(*by_column, A, B)
        trace.stop()
        trace.record(factored_objective(entries, A, B, lam))
        if trace.done(10):
            return trace


def factored_objective(entries, A, B, lam):
    square = sum(((v - (A[s] @ B.T).ravel()[p]) ** 2).sum() for s, p, v in entries.blocks())
    return 0.5 * square + 0.5 * lam * ((A * A).sum() + (B * B).sum())


def soft_impute_als(trace, entries, lam, rank, seed=0):
    """softImpute-ALS (Hastie, Mazumder, Lee, Zadeh 2015): rank + sparse, the products by blocks of rows."""
    m, n = entries.shape
    U = np.linalg.qr(np.random.default_rng(seed).standard_normal((m, rank)))[0]
    V, D = np.zeros((n, rank)), np.ones(rank)
    while True:
        for side in "VU":
            A, B = U * D, V * D
            RV, RU, _ = entries.residual_products(A, B, U, V)
            w = 1 / (D * D + lam)
            if side == "V":
                V, s, Rt = np.linalg.svd((RU * (D * w) + B * (D * D * w)) * D, full_matrices=False)
                U = U @ Rt.T
            else:
                U, s, Rt = np.linalg.svd((RV * (D * w) + A * (D * D * w)) * D, full_matrices=False)
                V = V @ Rt.T
            D = np.sqrt(s)
        trace.stop()
        trace.record(factored_objective(entries, U * D, V * D, lam))
        if trace.done(10):
            return trace


def soft_impute_als_sparse(trace, rows, cols, vals, shape, rank, lam, seed=0):
    """softImpute-ALS with scipy's sparse products, which need no table."""
    rng = np.random.default_rng(seed)
    m, n = shape
    U = np.linalg.qr(rng.standard_normal((m, rank)))[0]
    V, D = np.zeros((n, rank)), np.ones(rank)
    order = np.lexsort((cols, rows))
    rows, cols, vals = rows[order], cols[order], vals[order]
    indptr = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=m))])

    def residual(A, B):
        e = np.empty_like(vals)
        for i in range(0, len(vals), 1 << 20):
            s = slice(i, i + (1 << 20))
            e[s] = vals[s] - np.einsum("ij,ij->i", A[rows[s]], B[cols[s]])
        return e

    while True:
        for side in "VU":
            A, B = U * D, V * D
            S = sp.csr_matrix((residual(A, B), cols, indptr), shape)
            w = 1 / (D * D + lam)
            if side == "V":
                V, s, Rt = np.linalg.svd(((S.T @ U) * (D * w) + B * (D * D * w)) * D, full_matrices=False)
                U = U @ Rt.T
            else:
                U, s, Rt = np.linalg.svd(((S @ V) * (D * w) + A * (D * D * w)) * D, full_matrices=False)
                V = V @ Rt.T
            D = np.sqrt(s)
        trace.stop()
        A, B = U * D, V * D
        trace.record(0.5 * (residual(A, B) ** 2).sum() + 0.5 * lam * ((A * A).sum() + (B * B).sum()))
        if trace.done(10):
            return trace


def rpca_admm(trace, Y, lam, mu, gamma, rho, svt=svt_full):
    """min lam|X|_* + mu|E|_1 + gamma/2|Y - X - E|^2 by ADMM on X = Z."""
    Z, dual = np.zeros_like(Y), np.zeros_like(Y)
    while True:
        left, right, value = svt(Z - dual, lam / rho)
        X = left @ right
        # Min over Z, E of mu|E| + gamma/2|Y - Z - E|^2 + rho/2|Z - X - dual|^2.
        V = X + dual
        R = Y - V
        k = mu * (gamma + rho) / (gamma * rho)
        E = np.sign(R) * np.maximum(np.abs(R) - k, 0)
        Z = (gamma * (Y - E) + rho * V) / (gamma + rho)
        dual = dual + X - Z
        trace.stop()
        trace.record(huber(Y - X, mu, gamma) + lam * value)
        if trace.done(50, 1e-13):
            return trace


def huber(R, mu, gamma):
    """min over E of mu|E|_1 + gamma/2|R - E|^2."""
    r = np.abs(R)
    return np.where(r <= mu / gamma, 0.5 * gamma * r * r, mu * r - 0.5 * mu * mu / gamma).sum()


def lbfgs(trace, value_and_gradient, x, score, memory=10, iterations=20000, **options):
    """scipy's L-BFGS-B; `score(x)` is the objective of the convex problem at x."""
    from scipy.optimize import minimize

    def seen(x):
        trace.stop()
        trace.record(score(x))
        if trace.done():
            raise StopIteration

    limits = {"maxiter": iterations, "maxfun": 10 * iterations, "maxcor": memory, "ftol": 1e-15, "gtol": 1e-10}
    try:
        minimize(value_and_gradient, x, jac=True, method="L-BFGS-B", callback=seen, options={**limits, **options})
    except StopIteration:
        pass
    return trace


def factored_lbfgs(trace, loss_and_gradient, shape, rank, lam, scale, memory=10, seed=0):
    """L-BFGS on loss(A B^T) + lam/2 (|A|^2 + |B|^2), whose minimum is that of the convex problem where the rank suffices."""
    m, n = shape
    rng = np.random.default_rng(seed)
    start = scale * rng.standard_normal((m + n) * rank)
    split = lambda x: (x[: m * rank].reshape(m, rank), x[m * rank :].reshape(n, rank))

    def both(x):
        A, B = split(x)
        value, G = loss_and_gradient(A @ B.T)
        gradient = np.concatenate([(G @ B).ravel(), (G.T @ A).ravel()])
        return value + 0.5 * lam * (x @ x), gradient + lam * x

    return lbfgs(trace, both, start, lambda x: both(x)[0], memory)
