"""Upper ends of polars, for verify.py: a number not below <w, phi(x)> for any branch x whose product of norms is at most 1."""
import itertools, math
import numpy as np
from problem import Norm, need

MOST_CELLS = 300_000
CLOSED_FORMS = ("zero", "closed-form", "slices", "cholesky", "spectral", "unfolding", "eigenvalue")

def upper_end(problem, w, witness, arrays, level):
    """What the kind of witness stands for, computed again. Of a cover, that it is at most `level`, with cells of our own."""
    norms, square, level = problem.norms, problem.kind == "symmetric", level / problem.scale
    w = (w + w.T) / 2 if square else w
    if problem.kind == "network":
        is_plain = all(norm.round and norm.a == 1 for norm in norms)
        need(witness in ("closed-form", "angles", "cells") and is_plain, f"a network, {witness}")
        return on_the_sphere(problem.inputs, w)
    if witness == "cover":
        need(w.ndim < 3 or all(norm.round for norm in norms), "a cover of CP whose factors are not all plain l2")
        holds = is_square_below(w, norms[0], level) if square else is_below(w, norms, level)
        return problem.scale * level if holds else math.inf
    if witness == "splitting":
        return problem.scale * splitting(w, norms, arrays, square)
    if witness in ("rows", "columns"):
        return problem.scale * (lines(w, norms[0], norms[-1]) if witness == "rows" else lines(w.T, norms[-1], norms[0]))
    need(witness.replace("-positive", "") in CLOSED_FORMS, f"witness {witness}")
    return problem.scale * closed_form(np.maximum(w, 0) if "positive" in witness else w, norms, square)

def closed_form(t, norms, square):
    """Exact along an l1 axis and for l2; otherwise lambda_max, or the least sigma_1 of the unfoldings into a matrix."""
    if square:
        return max(0, np.linalg.eigvalsh(t)[-1]) / norms[0].floor ** 2
    axis = next((k for k, norm in enumerate(norms) if norm.a == 0), None)
    if axis is not None:
        rest, signs = norms[:axis] + norms[axis + 1:], (1,) if norms[axis].positive else (1, -1)
        if t.ndim == 2:
            return lines(np.moveaxis(t, axis, 0), norms[axis], *rest)
        need(len(rest) < 3 and (any(n.a == 0 for n in rest) or all(n.round for n in rest)), "slices without a closed form")
        return max(closed_form(s * part, rest, False) for part in np.moveaxis(t, axis, 0) for s in signs) / norms[axis].b
    sides = [(0, *some) for count in range(t.ndim - 1) for some in itertools.combinations(range(1, t.ndim), count)]
    tables = [np.moveaxis(t, side, range(len(side))).reshape(math.prod(t.shape[k] for k in side), -1) for side in sides]
    return min(np.linalg.norm(table, 2) for table in tables) / math.prod(norm.floor for norm in norms)

def lines(w, across, along):
    """u'Wv <= |u|_1 max_i |v'(row i)|: exact where the norm of u is l1. Both signs of a row, unless u >= 0."""
    return along.dual(w if across.positive else np.concatenate([w, -w])).max() / across.b

def on_the_sphere(v, w):
    """max |f(u)|, f(u) = sum_n w_n (v_n u)+, over unit u, in the space of the rows of V: at most three dimensions."""
    _, s, q = np.linalg.svd(v, full_matrices=False)
    rank, best = int((s > 1e-12 * s[0]).sum()), 0
    need(rank <= 3 and w.shape[1] == 1, "a network with several outputs, or inputs in more than three dimensions")
    y = np.pad(v @ q[:rank].T, ((0, 0), (0, max(0, 2 - rank))))
    if rank < 3:
        return on_the_circle(y, w[:, 0])[0]
    for row in y[np.linalg.norm(y, axis=1) > 0]:  # On this row's circle; and in the cells on either side of its arcs.
        plane = np.linalg.svd(row[None])[2][1:]
        value, middles = on_the_circle(y @ plane.T, w[:, 0])
        along, beside = y @ plane.T @ middles.T, np.outer(y @ row, np.ones(len(middles)))
        on_it = abs(along) <= 1e-12 * np.linalg.norm(y, axis=1)[:, None]
        peaks = np.concatenate([((np.where(on_it, side * beside, along) > 0) * w).T @ y for side in (1, -1)])
        best = max(best, value, largest(peaks, y, w[:, 0]))
    return best

def on_the_circle(y, w):
    """The same for rows in a plane, where f is linear between the turns of rows; and the middles of these arcs."""
    turns = np.sort((np.arctan2(y[:, 1], y[:, 0]) + np.array([[-math.pi / 2], [math.pi / 2]])).ravel() % (2 * math.pi))
    circle = lambda angles: np.array([np.cos(angles), np.sin(angles)]).T
    middles = circle((turns + np.append(turns[1:], turns[0] + 2 * math.pi)) / 2)
    peaks = ((y @ middles.T > 0) * w[:, None]).T @ y
    return largest(np.concatenate([circle(turns), peaks]), y, w), middles

def largest(u, y, w):
    u = u / np.maximum(np.linalg.norm(u, axis=1), 1e-300)[:, None]
    return abs(w @ np.maximum(y @ np.concatenate([u, -u]).T, 0)).max()

def is_below(w, norms, level):
    """All axes but one are eliminated: is f(u) <= level (a |u|_2 + b |u|_1) for every u?"""
    axis = min((k for k, norm in enumerate(norms) if norm.a), key=lambda k: w.shape[k])
    own, rest, t = norms[axis], norms[:axis] + norms[axis + 1:], np.moveaxis(w, axis, 0)
    positive, floor = all(norm.positive for norm in rest), math.prod(norm.floor for norm in rest)
    sigma = lambda tables: np.linalg.norm(tables, 2, axis=(1, 2)) / floor
    def f(u):
        across = np.tensordot(u, t, 1)
        if len(rest) == 1:
            return rest[0].dual(across)
        return np.minimum(sigma(across), sigma(np.maximum(across, 0) if positive else across))
    return is_below_everywhere(orthants(len(t), own.positive, not positive), level, own, f)

def is_square_below(s, norm, level):
    """u'Su <= level |u|^2 on u >= 0, as |R'u|^2 <= (level + c) |u|^2 with S + c I = R R'."""
    c = 1e-9 * abs(s).max() - min(0, np.linalg.eigvalsh(s)[0])
    r, root = np.linalg.cholesky(s + c * np.eye(len(s))), math.sqrt(level * norm.a ** 2 + c)
    return is_below_everywhere(orthants(len(s), True, False), root, Norm("l2", []), lambda u: np.linalg.norm(u @ r, axis=1))

def orthants(n, positive, even):
    """The cones, by their edges, that cover u >= 0, half of the space or all of it."""
    return np.array([np.diag([1 - 2.0 * (s >> i & 1) for i in range(n)]) for s in range(1 if positive else 2 ** (n - even))])

def is_below_everywhere(cells, level, own, f):
    """Branch and bound, f convex of degree 1: in the cone of c_1 ... c_n any y with c y >= f(c) - level b |c|_1 at all c bounds
    the difference by |y|_2. Where that is not enough, the cone is halved at its widest angle."""
    n, seen = cells.shape[1], 0
    while len(cells):
        seen += len(cells)
        need(seen <= MOST_CELLS, f"a cover of more than {MOST_CELLS} cells")
        points, at = np.unique(cells.reshape(-1, n), axis=0, return_inverse=True)
        rest, most = f(points) - level * own.b * abs(points).sum(axis=1), level * own.a * (1 + 1e-12)
        if (rest > most * np.linalg.norm(points, axis=1)).any():
            return False
        values, left = np.maximum(rest, 1e-12 * level)[at.reshape(-1, n)], np.arange(len(cells))
        for some in (list(some) for size in range(n, 0, -1) for some in itertools.combinations(range(n), size)):
            y = np.linalg.pinv(cells[left][:, some]) @ values[left][:, some, None]
            stretch = (values[left] / np.maximum(cells[left] @ y, 1e-200)[..., 0]).max(axis=1)
            left = left[~(stretch * np.linalg.norm(y, axis=(1, 2)) <= most)]
        cells = cells[left]
        unit, at = cells / np.linalg.norm(cells, axis=2, keepdims=True), np.arange(len(cells))
        ends = np.unravel_index((unit @ unit.transpose(0, 2, 1)).reshape(-1, n * n).argmin(axis=1), (n, n))
        middles, cells = (cells[at, ends[0]] + cells[at, ends[1]]) / 2, np.array([cells, cells])
        for half, end in zip(cells, ends):
            half[at, end] = middles
        cells = cells.reshape(-1, n, n)
    return True

def splitting(w, norms, arrays, square):
    """z'Sz <= t + k for S = M + lines + entries + cross, each worth at most t within the blocks of z and k beside them: z = u
    for S = W, or W W'; z = v for S = W'W; z = (u, v) where S has W beside its diagonal."""
    unit, u, v, (rows, columns) = 2.0 ** math.ceil(math.log2(abs(w).max())), norms[0], norms[-1], w.shape
    s, z, root = w / unit, [u] * rows, not square and (u.round or v.round)
    if root:
        s, z = (s.T @ s, [v] * columns) if u.round else (s @ s.T, z)
    elif not square:
        s, z = np.block([[np.zeros((rows, rows)), s], [s.T, np.zeros((columns, columns))]]), z + [v] * columns
    r, free = np.array([norm.b / norm.a for norm in z]), np.array([norm.positive for norm in z])
    owner = np.arange(len(z)) < (len(z) if square or root else rows)
    within, free = owner[:, None] == owner, free[:, None] & free
    allowed = within | (r.min() > 0)
    weight = np.where(allowed & (np.outer(r, r) > 0), np.outer(r, r), np.inf)
    line, entry, cross = (np.array(arrays.get(name, np.zeros(s.shape))) for name in ("lines", "entries", "cross"))
    line, cross = line * allowed * (r > 0), np.triu(cross * ~within * (r.min() > 0))
    entry = np.where(weight < np.inf, entry, np.where(free, np.minimum(entry, 0), 0))
    m, counted = s - line - entry - cross - cross.T, lambda p: np.where(free, np.maximum(p, 0), abs(p))
    worth = lambda where: max((np.linalg.norm(counted(line) * where, axis=0) / np.where(r > 0, 2 * r, np.inf)).max(),
                              (counted(entry) * where / weight).max())
    level = max(np.linalg.eigvalsh((m + m.T) / 2)[-1], worth(within)) + max(worth(~within), np.linalg.norm(counted(cross)))
    return (math.sqrt(level) if root else level) * unit / (u.a * v.a)
