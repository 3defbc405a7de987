"""Prints, for each operation with something of its own in the path, how many cases of the fuzzer reached what exists.

usage: reached.py FILE, which `hooks.py` wrote: a line for each user. Reached is what was not answered 400, 401, 403 or
404: a 403 is mostly said before anything is looked for.
"""

import json
import sys
from collections import Counter

NOT_REACHED = ("400", "401", "403", "404")

sums = {}
with open(sys.argv[1], encoding="utf-8") as lines:
    for line in lines:
        for label, counts in json.loads(line).items():
            sums.setdefault(label, Counter()).update(counts)
everything = Counter()
print(f"{'operation':62} {'cases':>6} {'reached':>8}  answers")
for label, counts in sorted(sums.items(), key=lambda one: one[0].split(" ", 1)[1]):
    everything.update(counts)
    if "{" in label:
        reached = sum(number for status, number in counts.items() if status not in NOT_REACHED)
        answers = ", ".join(f"{status} {number}" for status, number in sorted(counts.items()))
        print(f"{label:62} {sum(counts.values()):6} {reached:8}  {answers}")
answers = ", ".join(f"{status} {number}" for status, number in sorted(everything.items()))
print("all operations:", sum(everything.values()), "cases;", answers)
