"""What the grid may cost with a hundred thousand orders and two hundred changes a second."""

import subprocess
import time

from browser import wait_for_rows, wait_until_live
from harness import at_most, test, until

CHANGES_PER_SECOND = 200
WATCH_SECONDS = 4
#: A shared machine with two cores draws some frames late whatever the page does; the median of what is stable is the gate.
BUDGET = {
    "milliseconds of the main thread a second, idle": 300,
    "milliseconds of the main thread a second, scrolling": 600,
    "megabytes of JavaScript heap": 20,
    "elements": 1_500,
    "blank frames": 0,
}

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


class Costs:
    """What a page costs its browser."""

    def __init__(self, page):
        self.protocol = page.context.new_cdp_session(page)
        self.protocol.send("Performance.enable")

    def metric(self, name):
        return next(one["value"] for one in self.protocol.send("Performance.getMetrics")["metrics"] if one["name"] == name)

    def heap_megabytes(self):
        self.protocol.send("HeapProfiler.collectGarbage")
        return self.protocol.send("Runtime.getHeapUsage")["usedSize"] / 1e6


@test("the grid keeps its budget of frames, memory and main thread while 200 orders change a second")
def frames(console, browser):
    page = browser.open("/orders", scripts=[PROBE])
    wait_for_rows(page)
    wait_until_live(page)
    costs = Costs(page)

    def measured(action):
        page.evaluate("window.__deltas.length = 0")
        before, start = costs.metric("TaskDuration"), time.monotonic()
        action(start + WATCH_SECONDS)
        return (costs.metric("TaskDuration") - before) / (time.monotonic() - start) * 1_000

    def scroll(end):
        while time.monotonic() < end:
            costs.protocol.send("Input.dispatchMouseEvent", {"type": "mouseWheel", "x": 700, "y": 500, "deltaX": 0, "deltaY": 240})
            time.sleep(0.03)

    with Changes(console):
        idle = measured(lambda end: time.sleep(max(0, end - time.monotonic())))
        scrolling = measured(scroll)
        deltas = sorted(page.evaluate("window.__deltas"))
        blank = page.evaluate("window.__blank")
    until(lambda: page.locator(".grid-rows [aria-busy]").count() == 0, "all rows")
    heap = costs.heap_megabytes()
    elements = page.evaluate("document.getElementsByTagName('*').length")
    frame = [round(deltas[int(len(deltas) * share)], 1) for share in (0.5, 0.95)]
    print(f"  main thread {idle:.0f} ms/s idle, {scrolling:.0f} ms/s scrolling; frames p50 {frame[0]} ms, p95 {frame[1]} ms; {heap:.1f} MB; {elements} elements; {blank} blank")
    for actual, (what, limit) in zip((idle, scrolling, heap, elements, blank), BUDGET.items()):
        at_most(actual, limit, what)


#: Ten minutes of the wheel as above, with two hundred changes a second.
TEN_MINUTES = {"rows": 130_000, "changes": 120_000}

#: Lets the test speak for the server.
SOCKET = """
window.WebSocket = class extends window.WebSocket {
  constructor(...parameters) {
    super(...parameters);
    window.__socket = this;
  }
};
"""

#: Scrolls a page of rows at a time, waits for its orders, and has the changes of that time come in one frame.
SHIFT = """
async ({ rows, changes }) => {
  const { app } = await import('/app.js');
  const scroll = document.querySelector('.grid-scroll');
  const height = document.querySelector('.grid-rows .grid-row').offsetHeight;
  const step = 200, steps = rows / step;
  let received = 0, seen = new Set(), seq = app.sync.machine.seq + 1;
  app.sync.addEventListener('orders', (event) => { received += event.detail.length; });
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  for (let at = 0, direction = 1; at < steps; at += 1) {
    scroll.scrollTop += direction * step * height;
    if (scroll.scrollTop === 0 || scroll.scrollTop + scroll.clientHeight >= scroll.scrollHeight - 1) direction = -direction;
    do await frame(); while (document.querySelector('.grid-rows [aria-busy]'));
    for (const link of document.querySelectorAll('.grid-rows a[href]')) seen.add(link.getAttribute('href').slice('/orders/'.length));
    const ids = [...seen].slice(-Math.ceil(changes / steps));
    seen = new Set(ids);
    const orders = ids.map((id) => app.orders.get(id)).filter(Boolean).map((order) => ({ ...order, version: order.version + 1, shippingFee: String(at) }));
    seq += orders.length;
    window.__socket.onmessage({ data: JSON.stringify({ event: 'BATCH', seq, payload: orders }) });
  }
  await frame();
  return received;
}
"""


@test("ten minutes of scrolling and changes leave no more behind than one")
def long_shift(console, browser):
    page = browser.open("/orders", scripts=[SOCKET])
    wait_for_rows(page)
    wait_until_live(page)
    costs = Costs(page)

    def held():
        return costs.heap_megabytes(), costs.metric("Nodes"), costs.metric("JSEventListeners")

    held()
    page.evaluate(SHIFT, {"rows": TEN_MINUTES["rows"] / 10, "changes": TEN_MINUTES["changes"] / 10})
    first = held()
    received = page.evaluate(SHIFT, TEN_MINUTES)
    heap, nodes, listeners = held()
    elements = page.evaluate("document.getElementsByTagName('*').length")
    print(f"  {received} changes; {heap:.1f} MB after ten minutes, {first[0]:.1f} MB after one; {nodes:.0f} nodes, {first[1]:.0f}; {listeners:.0f} listeners, {first[2]:.0f}; {elements} elements")
    assert received > 0.9 * TEN_MINUTES["changes"], f"{received} changes received"
    at_most(heap, 10, "megabytes of JavaScript heap after ten minutes")
    at_most(elements, BUDGET["elements"], "elements")
    # What is not in the document counts too.
    at_most(nodes, first[1] * 1.2 + 100, "nodes after ten minutes")
    at_most(listeners, first[2] * 1.2 + 20, "listeners after ten minutes")


#: Notes when rows were on the screen.
ROWS_PAINTED = """
new MutationObserver((_, observer) => {
  if (!document.querySelector('.grid-rows .grid-row:not([aria-busy])')) return;
  observer.disconnect();
  requestAnimationFrame(() => setTimeout(() => { window.__painted = performance.now(); }));
}).observe(document, { childList: true, subtree: true, attributes: true });
"""


@test("a cold start paints its rows within its time")
def cold_start(console, browser):
    page = browser.open("/login", user=None)
    page.get_by_label("Password").wait_for()
    starts = []
    for _ in range(3):
        page = browser.open("/orders", scripts=[ROWS_PAINTED])
        wait_for_rows(page)
        painted = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
        rows = until(lambda: page.evaluate("window.__painted"), "painted rows")
        code = page.evaluate("performance.getEntriesByType('resource').filter((one) => /[.](js|css)$/.test(one.name)).reduce((sum, one) => sum + one.encodedBodySize, 0)")
        starts.append((painted, rows, code))
        page.close()
    # The best of them: what else the machine does only ever makes a start slower.
    painted, rows, code = (min(values) for values in zip(*starts))
    print(f"  first paint {painted:.0f} ms, rows painted {rows:.0f} ms, {code / 1000:.0f} KB of code and styles")
    at_most(code, 60_000, "bytes of compressed code and styles")
    # Twice the budgets. First paint: 132 ms with a release build of the server, 320 while others keep both of two slow cores busy.
    at_most(painted, 600, "milliseconds until the first paint")
    # Rows: 393 ms with a release build, 509 with a debug build, 797 while others keep both cores busy.
    at_most(rows, 1_000, "milliseconds until the rows are painted")


@test("a jump of the scroll bar is filled within its time")
def jump(console, browser):
    page = browser.open("/orders")
    wait_for_rows(page)
    slowest = 0
    for share in (0.7, 0.3, 0.9, 0.5):
        page.evaluate(f"{{ const grid = document.querySelector('.grid-scroll'); grid.scrollTop = grid.scrollHeight * {share}; }}")
        start = time.monotonic()
        page.wait_for_timeout(20)
        until(lambda: page.evaluate("document.querySelectorAll('.grid-rows [aria-busy]').length") == 0, "rows after the jump")
        slowest = max(slowest, time.monotonic() - start)
    print(f"  slowest jump {slowest * 1000:.0f} ms")
    # Skipping 90,000 rows takes a debug build on a busy machine four times what it takes a quiet one.
    at_most(slowest, 1.5, "seconds until the rows are there")
