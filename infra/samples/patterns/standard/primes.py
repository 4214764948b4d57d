"""Computes on one core: the same sieve, again and again."""

import math


def handler(event, context):
    below, times = event.get("below", 100_000), event.get("times", 1000)
    for _ in range(times):
        count = primes(below)
    return {"primes": count}


def primes(below):
    """How many primes there are below a number, by the sieve of Eratosthenes."""
    sieve = bytearray([0, 0]) + bytearray([1]) * (below - 2)
    for n in range(2, math.isqrt(below) + 1):
        if sieve[n]:
            sieve[n * n :: n] = bytes(len(range(n * n, below, n)))
    return sieve.count(1)
