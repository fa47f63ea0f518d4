"""How long the grid makes people wait, with a hundred thousand orders: a part of “make bench”, each goal that of a quiet machine."""

from statistics import median

from browser import wait_for_rows, wait_until_live
from costs import PROBE, Changes, Costs, cold_start, jump

REPETITIONS = 3


def take_times(console, browser):
    """Prints each figure's median, its goal and its values."""
    starts = [cold_start(browser) for _ in range(REPETITIONS)]
    page = browser.open("/orders", scripts=[PROBE])
    wait_for_rows(page)
    wait_until_live(page)
    jumps = [jump(page, share).seconds * 1_000 for share in (0.7, 0.3, 0.9, 0.5)]
    costs = Costs(page)
    with Changes(console):
        resting = [costs.resting() for _ in range(REPETITIONS)]
        scrolling = [costs.scrolling() for _ in range(REPETITIONS)]
    for name, values, goal in (
        ("cold start: first paint, ms", [one.first_paint for one in starts], 300),
        ("cold start: rows painted, ms", [one.rows_painted for one in starts], 500),
        ("jump of the scroll bar until its rows are there, ms", jumps, 150),
        ("200 changes/s, at rest: main thread, ms/s", [one.main_thread for one in resting], 200),
        ("200 changes/s, scrolling: main thread, ms/s", [one.main_thread for one in scrolling], 450),
        ("200 changes/s, scrolling: frames p50, ms", [one.frame(0.5) for one in scrolling], 16.9),
        ("200 changes/s, scrolling: frames p95, ms", [one.frame(0.95) for one in scrolling], 20),
    ):
        middle = median(values)
        print(f"{name:<54} {middle:>7.1f}  ≤ {goal:<5} {'✓' if middle <= goal else '✗'}  {', '.join(f'{value:.1f}' for value in values)}")
