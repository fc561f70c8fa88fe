"""Asks the bench `match_agents` and Polars in turn for the sessions of the same calls; compares sums and times.

Called by scripts/compare-join, which says how many threads Polars may use.
"""

import statistics
import subprocess
import sys
import time

import polars as pl

# What the bench answers in one round, and the column by which Polars joins for comparison.
WAYS = {"by name": "name", "by number": "endpoint", "index, then by name": "name"}


def table(folder, name):
    """One side of the join, known to be in order of time, in one piece."""
    return pl.read_parquet(f"{folder}/{name}.parquet").rechunk().with_columns(pl.col("at_us").set_sorted())


def ask_polars(calls, states, by):
    """Seconds on the wall and of the processor, and the sum."""
    calls, states = calls.select("calls", "at_us", by), states.select("states", "at_us", by)
    wall_s, processor_s = time.perf_counter(), time.process_time()
    found = calls.join_asof(states, on="at_us", by=by, strategy="backward", check_sortedness=False)
    wall_s, processor_s = time.perf_counter() - wall_s, time.process_time() - processor_s
    product = (pl.col("calls") + 1).cast(pl.UInt64) * (pl.col("states") + 1).cast(pl.UInt64)
    return wall_s, processor_s, found.select(product.sum()).item()


def answer(bench):
    wall_s, processor_s, checksum = bench.stdout.readline().split()
    return float(wall_s), float(processor_s), int(checksum)


def main(program, folder, rounds):
    bench = subprocess.Popen(
        [program, "--bench", "with", folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    print(bench.stdout.readline().strip())
    if bench.stdout.readline().strip() != "ready":
        sys.exit("the bench did not begin")
    calls, states = table(folder, "calls"), table(folder, "states")
    # Not counted: the first join pays for memory that later ones have.
    columns = sorted(set(WAYS.values()))
    for by in columns:
        ask_polars(calls, states, by)
    taken = {name: [] for name in [*WAYS, *columns]}
    for _ in range(rounds):
        bench.stdin.write("\n")
        bench.stdin.flush()
        for way in WAYS:
            taken[way].append(answer(bench))
        for by in columns:
            taken[by].append(ask_polars(calls, states, by))
    bench.stdin.close()
    bench.wait()
    print(f"Polars {pl.__version__}, {pl.thread_pool_size()} threads; medians of {rounds} rounds, one after the other")
    middle = {name: [statistics.median(one[part] for one in all) for part in (0, 1)] for name, all in taken.items()}
    for by in columns:
        wall_s, processor_s = middle[by]
        print(f"Polars join_asof by {by:10} {wall_s * 1e3:7.1f} ms; of the processor {processor_s * 1e3:7.1f} ms")
    for way, by in WAYS.items():
        (own_s, own_processor_s), (wall_s, processor_s) = middle[way], middle[by]
        print(
            f"timeline {way:20} {own_s * 1e3:7.1f} ms, {own_s / wall_s:.2f} of Polars by {by}; "
            f"of the processor {own_processor_s * 1e3:7.1f} ms, {own_processor_s / processor_s:.2f}"
        )
    sums = {checksum for all in taken.values() for _, _, checksum in all}
    is_same = len(sums) == 1
    print(f"checksum {sums.pop()}, the same in all rounds" if is_same else f"CHECKSUMS DIFFER: {sums}")
    return 0 if is_same else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
