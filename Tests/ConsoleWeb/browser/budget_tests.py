"""What the grid may cost with a hundred thousand orders and two hundred changes a second.

Tested is what every machine counts alike: bytes, requests, layouts, elements, blank frames. `times.py` measures times.
"""

from browser import wait_for_rows, wait_until_live
from costs import PROBE, Changes, Costs, cold_start, jump
from harness import at_most, equal, test, until

ELEMENTS = 1_500


@test("the grid leaves no frame blank and lays out once a frame while 200 orders change a second")
def frames(console, browser):
    page = browser.open("/orders", scripts=[PROBE])
    wait_for_rows(page)
    wait_until_live(page)
    costs = Costs(page)
    with Changes(console):
        resting, scrolling = costs.resting(), costs.scrolling()
        blank = page.evaluate("window.__blank")
    until(lambda: page.locator(".grid-rows [aria-busy]").count() == 0, "all rows")
    heap, elements = costs.heap_megabytes(), costs.elements()
    counts = [f"{one.layouts} layouts in {len(one.frames)} frames" for one in (resting, scrolling)]
    print(f"  {counts[0]} at rest, {counts[1]} scrolling; {blank} blank; {heap:.1f} MB; {elements} elements")
    for watched in (resting, scrolling):
        at_most(watched.layouts, len(watched.frames) * 1.1, "layouts")
    at_most(blank, 0, "blank frames")
    at_most(heap, 20, "megabytes of JavaScript heap")
    at_most(elements, ELEMENTS, "elements")


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
    elements = costs.elements()
    print(f"  {received} changes; {heap:.1f} MB after ten minutes, {first[0]:.1f} MB after one; {nodes:.0f} nodes, {first[1]:.0f}; {listeners:.0f} listeners, {first[2]:.0f}; {elements} elements")
    assert received > 0.9 * TEN_MINUTES["changes"], f"{received} changes received"
    at_most(heap, 10, "megabytes of JavaScript heap after ten minutes")
    at_most(elements, ELEMENTS, "elements")
    # What is not in the document counts too.
    at_most(nodes, first[1] * 1.2 + 100, "nodes after ten minutes")
    at_most(listeners, first[2] * 1.2 + 20, "listeners after ten minutes")


@test("a cold start asks for little before its rows are there")
def small_start(console, browser):
    page = browser.open("/login", user=None)
    page.get_by_label("Password").wait_for()
    start = cold_start(browser)
    asked = [one["path"] for one in start.requests if one["path"].startswith("/api/")]
    print(f"  {len(start.requests)} requests, {len(asked)} of them for data; {start.code_bytes / 1000:.0f} KB of code and styles")
    at_most(start.code_bytes, 60_000, "bytes of compressed code and styles")
    at_most(len(start.requests), 55, "requests")
    at_most(len(asked), 10, "requests for data")
    equal(len(set(asked)), len(asked), "requests for data without repetition")


@test("a jump of the scroll bar asks for its page and no other")
def jumps(console, browser):
    page = browser.open("/orders")
    wait_for_rows(page)
    requests = [jump(page, share).requests for share in (0.7, 0.3, 0.9, 0.5)]
    print(f"  requests of each jump: {requests}")
    at_most(max(requests), 2, "requests of a jump")
