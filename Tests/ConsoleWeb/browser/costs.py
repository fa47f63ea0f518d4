"""What the grid costs its browser while orders change, while somebody scrolls, and when it begins."""

import subprocess
import time
from typing import NamedTuple

from browser import wait_for_rows
from harness import until

CHANGES_PER_SECOND = 200
WATCH_SECONDS = 4

#: Notes how long every frame took, and whether it left a part of the grid blank.
PROBE = """
window.__deltas = [];
window.__blank = 0;
let last = performance.now();
requestAnimationFrame(function next(now) {
  window.__deltas.push(now - last);
  last = now;
  const body = document.querySelector('.grid-rows');
  const scroll = document.querySelector('.grid-scroll');
  if (body && scroll) {
    const drawn = body.getBoundingClientRect(), seen = scroll.getBoundingClientRect();
    if (drawn.height > 0 && (drawn.top > seen.top + 36 || drawn.bottom < seen.bottom - 1)) window.__blank += 1;
  }
  requestAnimationFrame(next);
});
"""

#: A tenth of a second's changes, committed together.
CHANGE = """
WITH changed AS (
    UPDATE orders SET version = version + 1, updated_at = now(),
                      order_status = (ARRAY['PENDING', 'CONFIRMED', 'BOOKED', 'SHIPPED', 'DELIVERED'])[1 + (random() * 4)::integer]
    WHERE id IN (SELECT md5('filler' || (1 + (random() * 2000)::integer))::uuid FROM generate_series(1, {count}))
    RETURNING id, version
)
INSERT INTO order_changes (order_id, version) SELECT id, version FROM changed;
SELECT pg_sleep(0.1);
"""


class Changes:
    """Orders that change all the time, while it is open."""

    def __init__(self, console):
        with open(f"{console.logs}/changes.sql", "w", encoding="utf-8") as script:
            script.write(CHANGE.format(count=CHANGES_PER_SECOND // 10) * (10 * 60))
        self.process = subprocess.Popen(["psql", "-qAtX", console.environment["DATABASE_URL"], "-f", script.name], stdout=subprocess.DEVNULL)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()


class Watched(NamedTuple):
    """What a browser did while it was watched."""

    #: Milliseconds a second.
    main_thread: float
    layouts: int
    #: Milliseconds from each frame to the next, the shortest first.
    frames: list

    def frame(self, share):
        return self.frames[int(len(self.frames) * share)]


class Costs:
    """What a page costs its browser."""

    def __init__(self, page):
        self.page = page
        self.protocol = page.context.new_cdp_session(page)
        self.protocol.send("Performance.enable")

    def metric(self, name):
        return next(one["value"] for one in self.protocol.send("Performance.getMetrics")["metrics"] if one["name"] == name)

    def heap_megabytes(self):
        self.protocol.send("HeapProfiler.collectGarbage")
        return self.protocol.send("Runtime.getHeapUsage")["usedSize"] / 1e6

    def elements(self):
        return self.page.evaluate("document.getElementsByTagName('*').length")

    def resting(self):
        return self._watched(lambda: time.sleep(0.03))

    def scrolling(self):
        wheel = {"type": "mouseWheel", "x": 700, "y": 500, "deltaX": 0, "deltaY": 240}
        return self._watched(lambda: (self.protocol.send("Input.dispatchMouseEvent", wheel), time.sleep(0.03)))

    def _watched(self, turn):
        """Takes turns for some seconds on a page that was opened with PROBE."""
        self.page.evaluate("window.__deltas.length = 0")
        tasks, layouts, start = self.metric("TaskDuration"), self.metric("LayoutCount"), time.monotonic()
        while time.monotonic() < start + WATCH_SECONDS:
            turn()
        tasks, layouts = self.metric("TaskDuration") - tasks, self.metric("LayoutCount") - layouts
        seconds = time.monotonic() - start
        return Watched(tasks / seconds * 1_000, int(layouts), sorted(self.page.evaluate("window.__deltas")))


#: Notes when rows were on the screen.
ROWS_PAINTED = """
new MutationObserver((_, observer) => {
  if (!document.querySelector('.grid-rows .grid-row:not([aria-busy])')) return;
  observer.disconnect();
  requestAnimationFrame(() => setTimeout(() => { window.__painted = performance.now(); }));
}).observe(document, { childList: true, subtree: true, attributes: true });
"""

#: What a page has loaded so far, but for its document.
LOADED = """
performance.getEntriesByType('resource').map((one) => ({ path: new URL(one.name).pathname, start: one.startTime, bytes: one.encodedBodySize }))
"""


class Start(NamedTuple):
    """How a page began that no cache knew."""

    #: Milliseconds from the navigation.
    first_paint: float
    rows_painted: float
    #: What had been asked for by then.
    requests: list

    @property
    def code_bytes(self):
        """Compressed."""
        return sum(one["bytes"] for one in self.requests if one["path"].endswith((".js", ".css")))


def cold_start(browser):
    page = browser.open("/orders", scripts=[ROWS_PAINTED])
    wait_for_rows(page)
    first_paint = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    rows_painted = until(lambda: page.evaluate("window.__painted"), "painted rows")
    requests = [one for one in page.evaluate(LOADED) if one["start"] < rows_painted]
    page.context.close()
    return Start(first_paint, rows_painted, requests)


class Jump(NamedTuple):
    """How the rows came after a jump of the scroll bar."""

    seconds: float
    requests: int


def jump(page, share):
    """Scrolls to a share of the list's height and waits until the rows there have been asked for and have come."""
    page.evaluate("performance.clearResourceTimings()")
    start = time.monotonic()
    page.evaluate("(share) => { const grid = document.querySelector('.grid-scroll'); grid.scrollTop = grid.scrollHeight * share; }", share)

    def answered():
        busy, loaded = page.evaluate(f"[document.querySelectorAll('.grid-rows [aria-busy]').length, {LOADED.strip()}]")
        return 0 if busy else sum(one["path"] == "/api/orders" for one in loaded)

    requests = until(answered, "rows after the jump")
    return Jump(time.monotonic() - start, requests)
