"""Prints README.md's table: every method and preset on the pairs that were never trained, measured by lamascope.

    python assets/demo/table.py [LAMASCOPE]      # default target/release/lamascope; needs Python 3.11 alone
"""
import json
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
PROGRAM = sys.argv[1] if len(sys.argv) > 1 else HERE.parents[1] / "target/release/lamascope"
SELECTION = ["--uuids", HERE / "eval-uuids.txt", "--templates", "m2,m4,a2,a5,a9"]
METHODS = ["per-prompt", "origin", "avg", "max", "weighted-avg", "weighted-max"]
PRESETS = ["fused", "seed", "seed-as-run", "series", "pcw", "causal"]


def call(*arguments):
    return subprocess.run([PROGRAM, *arguments], check=True, capture_output=True, text=True).stdout


runs = [("--method", m) for m in METHODS] + [("--method", "flex", "--preset", p) for p in PRESETS]
with tempfile.TemporaryDirectory() as folder:
    files = [Path(folder) / f"{i}.feather" for i in range(len(runs))]
    for run, file in zip(runs, files):
        call("run", "--model", HERE / "model", "--device", "cpu", "--dtype", "f32", *SELECTION, *run, "--out", file)
    report = json.loads(call("report", "--json", *files))

against = {c["second"]: c["p"] for c in report["comparisons"] if c["first"] == 0}
base = report["runs"][0]["accuracy"]
print("| `lamascope run … ` | right | accuracy, 95 % interval | over per-prompt | p |\n| --- | --- | --- | --- | --- |")
for i, (run, row) in enumerate(zip(runs, report["runs"])):
    low, high = (100 * row["interval"][k] for k in ("low", "high"))
    p = "" if not i else "< 0.001" if against[i] < 0.001 else f"{against[i]:.3f}"
    over = f"{100 * (row['accuracy'] - base):+.1f}" if i else ""
    print(f"| `{' '.join(run)}` | {row['correct']} of {row['n']} | {100 * row['accuracy']:.1f} % [{low:.1f}, {high:.1f}] | {over} | {p} |")
