"""What people would use instead, in numpy + scipy (solvers.py), on the problems of `npm run bench`.

  python3 peers.py PROBLEM [--scale S] [--write DIR] [--solve] [--tolerance 1e-6] [--optimum F [--proven]]
                   [--repeat 5] [--budget 60]

--write stores the problem's arrays and a config for our own command line; --solve times every peer, one thread each, and
prints one JSON document. A peer's seconds are those until its objective is within `tolerance` (relative) of the optimum:
the smaller of --optimum and the best value that the peers themselves reach. The median of --repeat runs counts; a peer that
takes longer than 20 s runs once. It proves nothing, and the time spent on recording is not counted: generous to the peer.
Problems are seeded and deterministic; at scale 1 they are the same on every machine but for the last digits of lambda."""
import os

for library in ("OPENBLAS", "OMP", "MKL"):
    os.environ[library + "_NUM_THREADS"] = "1"

import argparse
import json
import resource
import statistics
import sys
from dataclasses import dataclass

import numpy as np
import scipy
import scipy.sparse as sp
import scipy.sparse.linalg as spl

from local_solvers import cp_als, cp_lbfgs, relu_adam, relu_lbfgs
from solvers import (
    Entries,
    Trace,
    WarmSvt,
    accelerated_proximal_gradient,
    factored_lbfgs,
    huber,
    ridge_als,
    rpca_admm,
    soft_impute_als,
    soft_impute_als_sparse,
    soft_impute_svds,
    svt_arpack,
    svt_full,
    svt_gram,
    svt_randomized,
)

PROBLEMS = ("dense", "completion", "completion-large", "rpca", "logistic", "relu", "cp")
LONG_SECONDS = 20
MATRIX = "mapping: {kind: matrix}\n"


@dataclass
class Peer:
    """`solve(trace)` runs it. `listed`: one of those that the targets were set by."""

    name: str
    solve: callable
    listed: bool = False


@dataclass
class Problem:
    arrays: dict
    config: str
    peers: list
    # Not convex in what peers descend on: they run to their end, as nobody knows when to stop.
    to_the_end: bool = False


def problem(name, scale):
    rng = np.random.default_rng(2026)
    low = lambda m, n, r, e: rng.standard_normal((m, r)) @ rng.standard_normal((r, n)) + e * rng.standard_normal((m, n))
    size = lambda n: int(n * scale)
    if name == "dense":
        return dense(low(size(500), size(400), 20, 1.0))
    if name == "completion":
        return completion(rng, (size(2000), size(1000)), 10, int(200000 * scale * scale), large=False)
    if name == "completion-large":
        return completion(rng, (size(20000), size(5000)), 20, int(10**7 * scale * scale), large=True)
    if name == "rpca":
        m, n = size(300), size(200)
        outliers = low(m, n, 8, 0.1)
        return rpca(outliers + (rng.random((m, n)) < 0.05) * 20 * rng.standard_normal((m, n)))
    if name == "logistic":
        return logistic(np.sign(low(size(500), size(400), 5, 1.0)))
    if name == "relu":
        N, d = size(1000), 20
        V = rng.standard_normal((N, d))
        y = np.maximum(V @ rng.standard_normal((d, 10)), 0) @ rng.standard_normal(10) + 0.5 * rng.standard_normal(N)
        return relu(V, y)
    # Collinear: the hard case for ALS.
    shape = (size(60), size(50), size(40))
    F = [rng.standard_normal((k, 1)) + 0.6 * rng.standard_normal((k, 8)) for k in shape]
    return cp(np.einsum("ir,jr,kr->ijk", *F) + 0.3 * rng.standard_normal(shape))


def dense(Y):
    """The answer is one soft-thresholded SVD, of rank 20."""
    m, n = Y.shape
    lam = 1.1 * (np.sqrt(m) + np.sqrt(n))

    def once(svt):
        def solve(trace):
            left, right, value = svt(Y, lam)
            X = left @ right
            trace.stop()
            trace.record(0.5 * ((X - Y) ** 2).sum() + lam * value)
            return trace

        return solve

    peers = [
        Peer("one full SVD (LAPACK)", once(svt_full), listed=True),
        Peer("one truncated SVD (ARPACK)", lambda t: soft_impute_svds(t, Y, np.ones_like(Y, bool), lam, 20), listed=True),
        Peer("one truncated SVD (ARPACK), tolerance 1e-3", once(svt_arpack(20, 1e-3))),
        Peer("eigenvectors of the Gram matrix", once(svt_gram)),
        Peer("randomized SVD, 2 power iterations", once(svt_randomized(25, 2))),
    ]
    return Problem({"y": Y}, f"loss: squared\n{MATRIX}lambda: {lam}\n", peers)


def completion(rng, shape, r, count, large):
    m, n = shape
    A, B = rng.standard_normal((m, r)), rng.standard_normal((n, r))
    place = np.unique(rng.integers(0, m * n, count))
    i, j = place // n, place % n
    v = np.einsum("ij,ij->i", A[i], B[j]) + 0.5 * rng.standard_normal(len(place))
    first = np.random.default_rng(0).standard_normal(min(m, n))
    lam = 0.05 * spl.svds(sp.csr_matrix((v, (i, j)), shape), 1, v0=first)[1][0]
    listed = lambda t: soft_impute_als_sparse(t, i, j, v, shape, 2 * r, lam)
    peers = [Peer(f"softImpute-ALS, rank {2 * r}", listed, listed=True)]
    if large:
        entries = lambda: Entries(i, j, v, shape)
        peers += [
            Peer("softImpute-ALS, rank 25, dense blocks", lambda t: soft_impute_als(t, entries(), lam, 25)),
            Peer("alternating ridge, rank 25", lambda t: ridge_als(t, entries(), lam, 25)),
        ]
    else:

        def gradient(Z):
            G = np.zeros(shape)
            G.ravel()[place] = Z.ravel()[place] - v
            return G

        def both(X):
            R = X.ravel()[place] - v
            G = np.zeros(shape)
            G.ravel()[place] = R
            return 0.5 * R @ R, G

        loss = lambda X: 0.5 * ((X.ravel()[place] - v) ** 2).sum()
        apg = lambda t, svt: accelerated_proximal_gradient(t, gradient, loss, 1.0, shape, svt, lam)
        # Of 123 at the optimum, for scale 1.
        rank = min(130, m, n)
        roomy = lambda t: soft_impute_als_sparse(t, i, j, v, shape, rank, lam)
        peers += [
            # With twice the rank of the data it stays above the optimum for good.
            Peer(f"softImpute-ALS, rank {rank}", roomy, listed=True),
            Peer("accelerated proximal gradient, Gram matrix", lambda t: apg(t, svt_gram)),
            Peer("accelerated proximal gradient, warm subspace", lambda t: apg(t, WarmSvt(n, rank, 10))),
            Peer(f"L-BFGS on factors, rank {rank}", lambda t: factored_lbfgs(t, both, shape, rank, lam, 0.2)),
            Peer(f"alternating ridge, rank {rank}", lambda t: ridge_als(t, Entries(i, j, v, shape), lam, rank)),
        ]
    arrays = {"row": i, "col": j, "value": v, "shape": np.array([m, n])}
    search = "search: {gap: 1.0e-3}\n" if large else ""
    return Problem(arrays, f"loss: squared\n{MATRIX}lambda: {lam}\n{search}", peers)


def rpca(Y):
    lam, mu, gamma = 8.0, 0.6, 1.0
    n = Y.shape[1]
    gradient = lambda X: -np.clip(gamma * (Y - X), -mu, mu)
    apg = lambda t, svt: accelerated_proximal_gradient(
        t, gradient, lambda X: huber(Y - X, mu, gamma), 1 / gamma, Y.shape, svt, lam
    )
    peers = [
        Peer("ADMM", lambda t: rpca_admm(t, Y, lam, mu, gamma, 1.0), listed=True),
        Peer("ADMM, best penalty, warm subspace", lambda t: rpca_admm(t, Y, lam, mu, gamma, 0.3, WarmSvt(n, 10))),
        Peer("accelerated proximal gradient, Gram matrix", lambda t: apg(t, svt_gram)),
        Peer("accelerated proximal gradient, warm subspace", lambda t: apg(t, WarmSvt(n, 8, 4))),
    ]
    config = f"loss: {{squared: {gamma}}}\n{MATRIX}lambda: {lam}\nextra: {{outliers: {{l1: {mu}}}}}\n"
    return Problem({"y": Y}, config, peers)


def logistic(Y):
    lam = 0.15 * np.linalg.norm(0.5 * Y, 2)
    n = Y.shape[1]
    gradient = lambda X: -Y / (1 + np.exp(Y * X))
    loss = lambda X: np.logaddexp(0, -Y * X).sum()
    apg = lambda t, svt: accelerated_proximal_gradient(t, gradient, loss, 4.0, Y.shape, svt, lam)
    peers = [
        Peer("accelerated proximal gradient, full SVD", lambda t: apg(t, svt_full), listed=True),
        Peer("accelerated proximal gradient, Gram matrix", lambda t: apg(t, svt_gram)),
        Peer("accelerated proximal gradient, warm subspace", lambda t: apg(t, WarmSvt(n, 20, 20, passes=2))),
    ]
    return Problem({"y": Y}, f"loss: logistic\n{MATRIX}lambda: {lam}\n", peers)


def relu(V, y):
    lam = 20.0
    peers = [Peer(f"L-BFGS, 200 units, seed {q}", lambda t, q=q: relu_lbfgs(t, V, y, lam, 200, q), True) for q in range(5)]
    peers += [Peer(f"Adam, 200 units, seed {q}", lambda t, q=q: relu_adam(t, V, y, lam, 200, q), True) for q in range(2)]
    network = "mapping: {kind: network, layers: [{dense: 1}, relu, {dense: 1}]}\n"
    return Problem({"y": y[:, None], "v": V}, f"loss: squared\n{network}lambda: {lam}\n", peers, to_the_end=True)


def cp(Y):
    lam = 12.0
    peers = [Peer(f"ALS, rank 12, seed {q}", lambda t, q=q: cp_als(t, Y, 12, lam, q), listed=True) for q in range(5)]
    peers += [Peer(f"ALS, rank 8, seed {q}", lambda t, q=q: cp_als(t, Y, 8, lam, q)) for q in range(3)]
    peers += [Peer(f"L-BFGS, rank 8, seed {q}", lambda t, q=q: cp_lbfgs(t, Y, 8, lam, q)) for q in range(3)]
    return Problem({"y": Y}, f"loss: squared\nmapping: {{kind: cp}}\nlambda: {lam}\n", peers, to_the_end=True)


def write(folder, name, arrays, config):
    os.makedirs(folder, exist_ok=True)
    sparse = "row" in arrays
    if sparse:
        np.savez(os.path.join(folder, "y.npz"), **arrays)
    else:
        for key, value in arrays.items():
            np.save(os.path.join(folder, key + ".npy"), value)
    data = f"data:\n  target: {'y.npz' if sparse else 'y.npy'}\n" + ("  input: v.npy\n" if "v" in arrays else "")
    with open(os.path.join(folder, name + ".optimality.yaml"), "w") as file:
        file.write(data + config)


def seconds_to(points, goal):
    return next((seconds for seconds, objective in points if objective <= goal), None)


def timed(peers, optimum, proven, tolerance, repeat, budget, to_the_end):
    """Every peer, once, to its end unless the optimum is known; then as often again as is wanted, up to the goal."""
    stop = optimum + tolerance * abs(optimum) if proven and not to_the_end else -np.inf
    first = [peer.solve(Trace(budget, stop)).points for peer in peers]
    best = min(objective for points in first for _, objective in points)
    best = best if optimum is None else min(best, optimum)
    goal = best + tolerance * abs(best)
    results = []
    for peer, points in zip(peers, first):
        seconds, total = [seconds_to(points, goal)], [points[-1][0]]
        if total[0] <= LONG_SECONDS:
            for _ in range(repeat - 1):
                again = peer.solve(Trace(budget, -np.inf if to_the_end else goal)).points
                seconds.append(seconds_to(again, goal))
                total.append(again[-1][0])
        results.append(
            {
                "name": peer.name,
                "listed": peer.listed,
                # The first run says whether it arrives at all; later ones may be cut off by the budget.
                "seconds": None if seconds[0] is None else statistics.median(s for s in seconds if s is not None),
                "total": statistics.median(total),
                "objective": min(objective for _, objective in points),
                "steps": len(points),
                "runs": len(total),
            }
        )
    return best, results


def blas():
    info = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    return f"{info['name']} {info['version']}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("problem", choices=PROBLEMS)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--write")
    parser.add_argument("--solve", action="store_true")
    parser.add_argument("--tolerance", type=float, default=1e-6)
    parser.add_argument("--optimum", type=float, help="the best value known")
    parser.add_argument("--proven", action="store_true", help="--optimum is proven: peers that reach it need not go on")
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--budget", type=float, default=60.0)
    parser.add_argument("--only", default="", help="peers whose names contain this")
    options = parser.parse_args()
    made = problem(options.problem, options.scale)
    if options.write:
        write(options.write, options.problem, made.arrays, made.config)
    if not options.solve:
        return
    peers = [peer for peer in made.peers if options.only in peer.name]
    if options.proven and options.optimum is None:
        parser.error("--proven needs --optimum")
    optimum, results = timed(
        peers,
        options.optimum,
        options.proven,
        options.tolerance,
        options.repeat,
        options.budget,
        made.to_the_end,
    )
    # Linux counts in kB, macOS in bytes.
    unit = 1 if sys.platform == "darwin" else 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    python = sys.version.split()[0]
    versions = {"Python": python, "numpy": np.__version__, "scipy": scipy.__version__, "BLAS": blas()}
    print(json.dumps({"optimum": optimum, "peers": results, "peakBytes": peak, "versions": versions}))


if __name__ == "__main__":
    main()
