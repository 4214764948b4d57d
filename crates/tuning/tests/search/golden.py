"""Writes what reference.py answers to each state of golden.json back into it.  Standard library only.

A state is what was measured up to a round: `observations` (durations in ms of each lane), `goal`, `rounds`, `verified`.
The states are from runs of reference.py on simulated functions of 12 kinds, one of each run.
usage: python3 golden.py"""
import json
from pathlib import Path

import reference

FILE = Path(__file__).with_name('golden.json')
EVERY = 8  # of the posterior means every 8th is kept


def answer(state):
    sizes = {o['power']: reference.Size([list(lane) for lane in o['lanes']], o['failed'], o['used'])
             for o in state['observations']}
    goal = reference.Goal(**state['goal'])
    kind, powers, *info = reference.plan(sizes, goal, state['rounds'], state['verified'])
    means = zip(*(info[0][key][::EVERY] for key in ('grid', 'dmean', 'mean'))) if info else []
    powers = powers if isinstance(powers, list) else [powers]
    return {'step': kind, 'powers': powers,
            'means': [[int(size), float(f'{duration:.6g}'), float(f'{goal:.6g}')] for size, duration, goal in means]}


states = [dict(entry, expected=answer(entry)) for entry in json.loads(FILE.read_text())]
FILE.write_text('[\n' + ',\n'.join(json.dumps(state, separators=(',', ':')) for state in states) + '\n]\n')
