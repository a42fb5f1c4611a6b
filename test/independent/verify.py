"""A second opinion on a certificate, without a line of the engine: python3 verify.py FILE.certificate.json

From the config, the data and FILE.factors.npz it computes the objective, the polar's upper end (upper_ends.py: from its
witness), the lower bound D(t) = -l*(-t w) with t P <= lambda, and the gap, and compares the certificate with these, to about
1e-9: that nothing is lost to rounding is for the engine to prove. Exit code 0: valid, 1: not valid, 3: not covered here.
"""
import hashlib, json, math, os, sys
sys.dont_write_bytecode = True
import numpy as np
from problem import NotCovered, Problem, need
from upper_ends import upper_end

def sha(content):
    return "sha256:" + hashlib.sha256(content).hexdigest()

def digest(array):
    values = np.where(np.isnan(array), np.nan, array).astype("<f8")
    return sha((",".join(map(str, array.shape)) + "\n").encode() + values.tobytes())

def read_array(path, rows):
    path, _, key = path.partition("#")
    if path.endswith(".csv"):
        return np.genfromtxt(path, delimiter=",", encoding="utf-8-sig", ndmin=2)[-rows:]  # A row of names is above them.
    need(path.endswith((".npy", ".npz")), f"data in {path}")
    found = np.load(path)
    return np.array(found if path.endswith("npy") else found[key or found.files[0]], dtype=float)

class Checks(list):
    def add(self, name, claimed, found, relative=0.0, size=0.0):
        """Whether they are equal; numbers but for `relative` times the larger of |found| and size."""
        comparable = relative > 0 and None not in (claimed, found) and math.isfinite(found)
        ok = claimed == found or comparable and abs(claimed - found) <= relative * max(abs(found), size)
        self.append({"name": name, "ok": bool(ok), "claimed": claimed, "found": found})

def read_all(path, checks):
    """Certificate, config, data and saved arrays, with their digests checked."""
    text, folder = open(path, encoding="utf-8").read(), os.path.dirname(path)
    quoted = lambda number: f"\0{number}\0"  # Its digits as they are written.
    certificate, body = json.loads(text), json.loads(text, parse_float=quoted, parse_int=quoted)
    seal, sealed = body.pop("seal"), json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    checks.add("seal", seal, sha(sealed.replace('"\\u0000', "").replace('\\u0000"', "").encode()))
    need(certificate["config"]["file"].endswith(".json"), "a config in YAML")
    config = json.load(open(os.path.join(folder, certificate["config"]["file"]), encoding="utf-8"))
    arrays, records = {}, {(record["role"], record["file"]): record for record in certificate["data"]}
    for role in config["data"].keys() & {"target", "mask", "input"}:
        record = records[role, config["data"][role]]
        arrays[role] = read_array(os.path.join(folder, record["file"]), record["shape"][0])
        checks.add(f"digest of {role}", record["digest"], digest(arrays[role]))
    saved = dict(np.load(os.path.join(folder, certificate["factors"]["file"])))
    lines = sorted(f"{name} {digest(array)}" for name, array in saved.items())
    checks.add("digest of factors", certificate["factors"]["digest"], sha("\n".join(lines).encode()))
    return certificate, config, arrays, saved

def stated_lambda(claims, given, problem, checks):
    """A relative one is that share of the polar at 0, where that has a closed form."""
    if not isinstance(given, dict):
        return given
    l1, others = any(norm.a == 0 for norm in problem.norms), [norm for norm in problem.norms if norm.a]
    need(problem.kind == "network" or l1 and len(others) < 2 or all(norm.round for norm in others) and len(others) < 3,
         "a relative lambda where its scale was searched for")
    most = upper_end(problem, problem.gradient(np.zeros(problem.y.shape)), "closed-form", {}, math.inf)
    checks.add("lambda max", claims["lambdaMax"], most, 1e-6)
    return given["relative"] * (claims["lambdaMax"] or 1)  # Where 0 is the best model at every lambda: the factor itself.

def beside(problem, w, branches, values, witness, lam):
    """What the point's own branches reach, and the polar at the dual array and how far w is from that: for plain l2 only."""
    need(problem.kind == "matrix" and all(norm.round and norm.a == 1 for norm in problem.norms), "a polar beside another")
    q = np.zeros(w.shape)
    q[problem.seen] = values
    reached = [(w * problem.phi(branch)).sum() / problem.g(branch) for branch in branches if problem.g(branch) > 0]
    upper = upper_end(problem, q, witness, {}, math.inf) + problem.scale * np.linalg.norm(w - q)
    return max(reached, default=0) / lam, upper / lam

def verify(path):
    checks = Checks()
    certificate, config, arrays, saved = read_all(path, checks)
    problem = Problem(config, arrays)
    y, seen, polar, dual = problem.y, problem.seen, certificate["polar"], certificate["dual"]
    lam = stated_lambda(certificate["problem"], config["lambda"], problem, checks)
    checks.add("lambda", certificate["problem"]["lambda"], lam, 1e-12)

    factors = [saved[f"factor{k + 1}"] for k in range(len(problem.norms))]
    branches = [[factor[..., i].ravel() for factor in factors] for i in range(factors[0].shape[-1])]
    x = sum((problem.phi(branch) for branch in branches), np.zeros(y.shape))
    w, g = problem.gradient(x), [problem.g(branch) for branch in branches]
    objective = problem.loss(x[seen], y[seen]).sum() + lam * sum(g)
    checks.add("objective", certificate["objective"], objective, 1e-9)
    checks.add("branches", len(certificate["branches"]), len(branches))
    for claim, branch, size in zip(certificate["branches"], branches, g):
        checks.add(f"branch {claim['index']}, regularizer", claim["regularizer"], size, 1e-9, 1e-12)
        checks.add(f"branch {claim['index']}, slack", claim["slack"], size - (w * problem.phi(branch)).sum() / lam, 1e-9, size)

    under = lambda prefix: {name[len(prefix):]: array for name, array in saved.items() if name.startswith(prefix)}
    lower = upper = bound = gap = None
    if polar is not None:
        need(polar["upper"] is not None, "a polar without a bound")
        proof = under("proof_")
        if polar["witness"]["kind"] == "beside":
            lower, upper = beside(problem, w, branches, saved["dual"], dual["witness"]["kind"], lam)
        else:
            upper = upper_end(problem, w, polar["witness"]["kind"], proof, polar["upper"] * lam) / lam
            best = [proof[f"branch{k + 1}"] for k in range(len(factors))] if "branch1" in proof else None
            lower = (w * problem.phi(best)).sum() / problem.g(best) / lam if best else upper
        checks.add("polar, lower", polar["lower"], lower, 1e-6, 1e-6)
        checks.add("polar, upper", polar["upper"], upper, 1e-6, 1e-6)
        checks.add("polar, upper not too low", polar["upper"] >= upper * (1 - 1e-9), True)
        if polar["witness"]["kind"] == "cover":  # Of which upper_end says only that it holds.
            checks.add("polar, threshold", polar["witness"]["threshold"], polar["upper"] * lam / problem.scale, 1e-9)
    if dual is not None:
        most = 1 / max(upper, 1e-12) if dual["source"] == "factors" else None
        if most is None:
            w = np.zeros(y.shape)
            w[seen] = saved["dual"]
            most = lam / upper_end(problem, w, dual["witness"]["kind"], under("dual_proof_"), lam / dual["scale"])
        bound, t = problem.lower_bound(w, most)
        gap, size = objective - bound, max(abs(objective), abs(bound))
        claimed = certificate["objective"] - certificate["lowerBound"]
        checks.add("dual scale", dual["scale"], t, 1e-5)
        checks.add("lower bound", certificate["lowerBound"], bound, 1e-6, abs(objective))
        checks.add("lower bound not too high", certificate["lowerBound"] <= bound + 1e-9 * abs(objective), True)
        checks.add("absolute gap", certificate["gap"]["absolute"], claimed, 1e-9, 1e-6 * size)
        checks.add("relative gap", certificate["gap"]["relative"], max(1e-9, claimed / size), 1e-9, 1e-6)
    tolerance = config.get("search", {}).get("gap", 1e-6)
    checks.add("gap tolerance", certificate["gapTolerance"], tolerance)
    closed = gap is not None and gap <= tolerance * size
    # Where a branch lowers the objective too little to tell, the engine may say so: that claims less.
    is_lower = lower is not None and lower > 1 + (1e-12 if certificate["verdict"] == "not-global" else 1e-4)
    verdict = "global" if closed else "not-global" if is_lower else "undecided"
    checks.add("verdict", certificate["verdict"], verdict)
    return {"valid": all(each["ok"] for each in checks), "verdict": verdict, "objective": objective, "lowerBound": bound,
            "gap": gap, "polar": {"lower": lower, "upper": upper}, "checks": checks}

def report_of(path):
    """The report as JSON has it (null for infinity), and the exit code."""
    try:
        report = json.loads(json.dumps(verify(path), default=float), parse_constant=lambda _: None)
    except NotCovered as what:
        return {"covered": False, "why": f"not covered: {what}"}, 3
    except (KeyError, IndexError, ValueError, OSError) as reason:
        report = {"valid": False, "checks": [{"name": "files", "ok": False, "found": repr(reason)}]}
    return report, 0 if report["valid"] else 1

if __name__ == "__main__":
    found, code = report_of(sys.argv[1])
    print(json.dumps(found))
    sys.exit(code)
