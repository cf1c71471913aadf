/** The code that runs in the pictures: what a person would run, with data made up for it. */

/** What draws itself as a picture and as a table. */
export const setupCell = `import math

rows = [("eu-west", 412, 0.031), ("us-east", 988, 0.027), ("ap-south", 120, 0.054), ("sa-east", 77, 0.019)]

class Table:
    def _repr_html_(self):
        head = "<tr><th>region</th><th>runs</th><th>error rate</th></tr>"
        body = "".join(f"<tr><td>{r}</td><td>{n}</td><td>{e:.1%}</td></tr>" for r, n, e in rows)
        return f"<table>{head}{body}</table>"

class Chart:
    def _repr_svg_(self):
        curve = lambda base, size, shift: " ".join(
            f"{36 + h * 19},{120 - (base + size * math.sin((h - shift) / 3.8)) / 6.6:.1f}" for h in range(25))
        lines = "".join(f'<line x1="36" x2="492" y1="{y}" y2="{y}" stroke="#8a919b" stroke-opacity=".35"/>'
                        f'<text x="28" y="{y + 4}" text-anchor="end">{round((120 - y) * 6.667)}</text>' for y in (30, 60, 90, 120))
        hours = "".join(f'<text x="{36 + h * 19}" y="136" text-anchor="middle">{h}:00</text>' for h in range(0, 25, 6))
        return (f'<svg xmlns="http://www.w3.org/2000/svg" width="510" height="146" font-family="sans-serif" font-size="11" fill="#7d8590">'
                f'<text x="36" y="16">Requests per minute</text>{lines}{hours}'
                f'<polyline fill="none" stroke="#2f81f7" stroke-width="2" points="{curve(240, 170, 7)}"/>'
                f'<polyline fill="none" stroke="#d1872c" stroke-width="2" stroke-dasharray="6 3" points="{curve(380, 190, 13)}"/></svg>')

print("loaded", sum(n for _, n, _ in rows), "runs")
`;

/** Shows them, in a cell of its own. */
export const richCell = `display(Chart())
Table()
`;

/** The session's variables stay; something that streams with colours. */
export const trainCell = `import time
for step in range(1, 900):
    print(f"\\x1b[32mstep {step:3}\\x1b[0m  loss={2.4 / (1 + step * 0.07):.4f}  lr=3e-4", flush=True)
    time.sleep(0.05)
`;

/** Ends with an error a few calls deep. */
export const failingCell = `def parse(line):
    name, value = line.split("=")
    return name, float(value)

readings = ["cpu=0.42", "memory=0.77", "disk=full"]
for reading in readings:
    print(parse(reading))
`;

/** Makes the files that the Files picture shows. */
export const filesCell = `import json, os
os.makedirs("data/raw", exist_ok=True)
os.makedirs("models/checkpoints", exist_ok=True)
open("data/raw/sales.csv", "w").write("month,region,amount\\n2026-01,eu-west,1204\\n2026-02,us-east,2210\\n")
open("data/notes.md", "w").write("# Notes\\n\\nClean the amounts before the join.\\n")
open("models/checkpoints/step-400.bin", "wb").write(os.urandom(900_000))
open("train.py", "w").write('''"""Trains the forecast on data/raw/sales.csv."""
import csv


def load(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def train(rows, steps=400, rate=3e-4):
    weight = 0.0
    for step in range(steps):
        for row in rows:
            weight += rate * (float(row["amount"]) / 1000 - weight)
    return weight


if __name__ == "__main__":
    print(f"weight {train(load('data/raw/sales.csv')):.4f}")
''')
print("written")
`;

/** Says a little more on one profile than on another, for the comparison. */
export const environmentCell = `import os, platform, sys
print("python", sys.version.split()[0])
print("folder", os.getcwd())
print("user", os.environ.get("USER", "nobody"))
print("files", len(os.listdir(".")))
print("done")
`;
