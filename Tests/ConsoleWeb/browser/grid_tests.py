"""The orders grid: long, searchable, live."""

from browser import rows, wait_for_rows, wait_until_drawn, wait_until_drawn_anew, wait_until_live
from console import FILLERS
from harness import at_most, equal, test, until

# Buttons and tabs whose words do not fit them.
CLIPPED = """
[...document.querySelectorAll('main button, main .tabs a, main .kpi')].filter((one) => one.scrollHeight > one.clientHeight + 2 || one.scrollWidth > one.clientWidth + 2).map((one) => one.innerText)
"""
ORDERED = "[...document.querySelectorAll('.grid-rows .grid-row')].map((row) => Number(row.getAttribute('aria-rowindex')))"
BUSY = "document.querySelectorAll('.grid-rows [aria-busy]').length"

# Notes at which frame a change came from the socket and at which frame a row showed it.
FRAMES = """
window.__frame = 0;
requestAnimationFrame(function next() { window.__frame += 1; requestAnimationFrame(next); });
window.__heard = {};
const Plain = window.WebSocket;
window.WebSocket = class extends Plain {
  constructor(...input) {
    super(...input);
    this.addEventListener('message', (event) => {
      const frame = JSON.parse(event.data);
      for (const order of frame.event === 'BATCH' ? frame.payload : []) window.__heard[order.id] = { frame: window.__frame, at: performance.now() };
    });
  }
};
"""


@test("the grid holds every order in a few rows of the document, in the order of the screen")
def long_list(console, browser):
    page = browser.open("/orders")
    wait_for_rows(page)
    grid = page.locator("[role=grid]")
    total = int(grid.get_attribute("aria-rowcount")) - 1
    assert total >= FILLERS, total
    for key in ("PageDown", "PageDown", "ArrowUp", "PageUp", "PageDown"):
        page.keyboard.press(key)
    order = page.evaluate(ORDERED)
    equal(order, list(range(order[0], order[0] + len(order))), "the order of the document")
    at_most(page.evaluate("document.getElementsByTagName('*').length"), 1_500, "the number of elements")


@test("the scroll bar reaches the middle and the end of the list, and End the last row")
def jumps(console, browser):
    page = browser.open("/orders")
    wait_for_rows(page)
    page.evaluate("{ const grid = document.querySelector('.grid-scroll'); grid.scrollTop = grid.scrollHeight / 2; }")
    until(lambda: page.evaluate(ORDERED)[0] > FILLERS / 3 and page.evaluate(BUSY) == 0, "rows in the middle")
    page.keyboard.press("End")
    total = int(page.locator("[role=grid]").get_attribute("aria-rowcount"))
    until(lambda: page.evaluate(ORDERED)[-1] >= total - 1 and page.evaluate(BUSY) == 0, "rows at the end")
    assert "rows" in page.locator(".range").inner_text()


@test("where counting stopped early, heading, tab and server say the same")
def inexact(console, browser):
    page = browser.open("/orders?q=perlman")
    wait_for_rows(page)
    counts = browser.request("GET", "/api/orders/counts?q=perlman")[1]
    equal((counts["total"], counts["totalIsExact"], sum(counts["byOrderStatus"].values())), (10_000, False, 10_000), "what the server counted")
    until(lambda: page.locator(".tabs a").first.inner_text().split() == ["All", "10,000+"], "the tab of all")
    equal(page.locator("main h1 .total").inner_text(), "10,000+", "the heading")
    assert page.locator(".range").inner_text().endswith("of 10,000+"), page.locator(".range").inner_text()


@test("a search and a filter live in the address, and going back takes them back")
def address(console, browser):
    page = browser.open("/orders")
    wait_for_rows(page)
    page.keyboard.press("/")
    page.keyboard.type("100042")
    until(lambda: rows(page) and all("#100042" in row for row in rows(page)), "the one row that is searched for")
    assert "q=100042" in page.url, page.url
    page.goto("/orders?orderStatus=FAILED&payment=paid")
    until(lambda: rows(page) and all("Failed" in row and "Paid" in row for row in rows(page)), "only failed and paid orders")
    equal(page.locator(".chip").count(), 2, "the number of chips")
    page.locator(".chip button").first.click()
    until(lambda: "orderStatus" not in page.url, "the address without the status")
    page.go_back()
    until(lambda: page.locator(".chip").count() == 2, "both chips again")


@test("a number that very many orders begin with is found exactly, also with a filter that few of them fit")
def common_number(console, browser):
    fits = "ref_id LIKE '5000%' AND source = 'shopify' AND shop = 'demo.myshopify.com'"
    for filter, condition in (("orderStatus=FAILED&courier=bosta", "order_status = 'FAILED' AND courier = 'bosta'"), ("payment=pending&orderStatus=FAILED&shipping=delivered", "false")):
        expected = int(console.sql(f"SELECT count(*) FROM orders WHERE {fits} AND {condition}"))
        page = browser.open(f"/orders?q=5000&shop=demo.myshopify.com&{filter}")
        until(lambda: page.locator("main h1 .total").inner_text() == f"{expected:,}", f"{expected} orders")
        if expected == 0:
            page.get_by_text("No orders match").wait_for()
        else:
            until(lambda: rows(page) and page.locator(".range").inner_text().endswith(f"of {expected:,}"), "the range")


@test("rows are outlined until the first of them are here")
def loading(console, browser):
    page = browser.open("/settings")
    page.locator("main h1").wait_for()
    asked = []
    page.route("**/api/orders?*", lambda route: asked.append(route))
    page.keyboard.press("g")
    page.keyboard.press("o")
    until(lambda: page.locator(".grid-rows [aria-busy=true]").count() > 5 and asked, "outlines of rows")
    equal((page.locator("[role=grid]").get_attribute("aria-rowcount"), page.locator(".range").inner_text()), ("-1", ""), "what is said of their number")
    for route in asked:
        route.continue_()
    page.unroute("**/api/orders?*")
    wait_for_rows(page)


@test("nothing matches is said, with the way back")
def empty(console, browser):
    page = browser.open("/orders?q=nobodyhasthisname")
    page.get_by_text("No orders match").wait_for()
    page.get_by_role("button", name="Clear filters").click()
    wait_for_rows(page)
    equal(page.url, f"{console.url}/orders", "the address")


@test("a webhook changes its row where it stands, within a frame or two of the socket")
def live_update(console, browser):
    identity = console.order(910001)
    page = browser.open("/orders?q=910001", scripts=[FRAMES])
    until(lambda: len(rows(page)) == 1 and "Confirmed" in rows(page)[0], "the order as it is")
    wait_until_live(page)
    page.evaluate("""
        new MutationObserver(() => {
          if (!window.__seen && document.querySelector('.grid-rows')?.innerText.includes('Cancelled')) window.__seen = { frame: window.__frame, at: performance.now() };
        }).observe(document.querySelector('.grid-rows'), { subtree: true, childList: true, characterData: true });
    """)
    console.webhook(910001, topic="orders/cancelled", cancelled_at="2026-01-01T00:00:00Z")
    seen = until(lambda: page.evaluate("window.__seen"), "the row with its new status")
    heard = page.evaluate("(id) => window.__heard[id]", identity)
    at_most(seen["frame"] - heard["frame"], 2, "frames between socket and row")


@test("new orders wait behind a pill, and rows stay under the pointer")
def insertions(console, browser):
    page = browser.open("/orders")
    wait_for_rows(page)
    wait_until_live(page)
    first = rows(page)[0]
    console.order(910002)
    pill = page.locator(".new-pill")
    pill.wait_for()
    equal(rows(page)[0], first, "the first row")
    page.keyboard.press("n")
    until(lambda: rows(page) and "#910002" in rows(page)[0], "the new order on top")
    assert pill.is_hidden()


@test("a console that goes away is said to be away, and nothing that changed meanwhile is missing")
def reconnect(console, browser):
    console.order(910003)
    page = browser.open("/orders?q=910003")
    until(lambda: len(rows(page)) == 1, "the order")
    wait_until_live(page)
    console.stop_process("console")
    page.get_by_text("Reconnecting…").wait_for()
    console.webhook(910003, topic="orders/cancelled", cancelled_at="2026-01-01T00:00:00Z")
    until(lambda: console.sql("SELECT order_status FROM orders WHERE ref_id = '910003'") == "CANCELLED", "the merge")
    console.start_process("console")
    until(lambda: rows(page) and "Cancelled" in rows(page)[0], "the change that nobody told", seconds=40)
    assert page.get_by_text("Reconnecting…").is_hidden()


@test("paused changes wait, and come when the feed goes on")
def pause(console, browser):
    console.order(910004)
    page = browser.open("/orders?q=910004")
    until(lambda: len(rows(page)) == 1, "the order")
    wait_until_live(page)
    page.keyboard.press("p")
    console.webhook(910004, topic="orders/cancelled", cancelled_at="2026-01-01T00:00:00Z")
    page.get_by_text("1 waiting").wait_for()
    assert "Cancelled" not in rows(page)[0]
    page.keyboard.press("p")
    until(lambda: "Cancelled" in rows(page)[0], "the change")


@test("orders are a plain table of 50 where that is preferred")
def table_view(console, browser):
    page = browser.open("/orders")
    wait_for_rows(page)
    page.get_by_role("button", name="Density").click()
    page.get_by_label("Table view, 50 a page").click()
    until(lambda: page.locator("table tbody tr").count() == 50, "fifty rows")
    first = page.locator("table tbody tr").first.inner_text()
    page.get_by_role("button", name="Next").click()
    until(lambda: page.locator("table tbody tr").first.inner_text() != first, "the second page")
    assert "rows 51–100" in page.locator(".table-foot").inner_text()


@test("a saved view brings its filter back")
def saved_view(console, browser):
    page = browser.open("/orders?orderStatus=FAILED")
    wait_for_rows(page)
    page.get_by_role("button", name="Views").click()
    page.get_by_role("button", name="Save this view…").click()
    page.get_by_label("Name").fill("Failures")
    page.get_by_role("button", name="Save view").click()
    page.get_by_text("The view is saved.").wait_for()
    page.goto("/orders")
    wait_for_rows(page)
    page.get_by_role("button", name="Views").click()
    page.get_by_role("link", name="Failures").click()
    until(lambda: page.url.endswith("/orders?orderStatus=FAILED"), "the address of the view")


@test("the columns that are shown at first fit a small laptop, and so does every time")
def columns_fit(console, browser):
    page = browser.open("/orders?sort=updated", width=1280, height=800)
    wait_for_rows(page)
    equal(page.locator(".grid-scroll").evaluate("(grid) => grid.scrollWidth - grid.clientWidth"), 0, "pixels beyond the edge")
    times = "[...document.querySelectorAll('.grid-rows .grid-row:not([aria-busy]) .grid-cell:last-child')]"
    equal(page.evaluate(f"{times}.filter((cell) => cell.scrollWidth > cell.clientWidth).map((cell) => cell.innerText)"), [], "times that are cut off")
    assert all(len(time) == len("2026-11-28 23:59") for time in page.evaluate(f"{times}.map((cell) => cell.innerText)")), "the times of other days"


@test("a narrow screen never scrolls sideways as a whole")
def narrow(console, browser):
    page = browser.open("/", width=390, height=800)
    for path in ("/", "/orders", "/queues", "/dead-letters", "/analytics", "/settings"):
        page.goto(path)
        wait_until_drawn(page)
        at_most(page.evaluate("document.documentElement.scrollWidth"), 390, f"the width of {path}")
        equal(page.evaluate(CLIPPED), [], f"words that are cut off on {path}")


@test("a narrow screen keeps the current page and the chosen tab in sight, and leaves alone who scrolls them")
def narrow_strips(console, browser):
    shown = "(link) => { const { left, right } = link.getBoundingClientRect(); return left >= 0 && right <= window.innerWidth; }"

    def in_sight(page, strip, what):
        until(lambda: page.locator(f"{strip} [aria-current]").evaluate(shown), f"{what} in sight")

    for path, strip in (("/bulk", ".nav"), ("/audit", ".nav"), ("/orders?orderStatus=FAILED", ".orders-page .tabs"), ("/queues/courier-commands?state=discarded", "queue-view .tabs")):
        page = browser.open(path, width=390, height=800)
        page.locator(".nav [data-count=attention]:not([hidden])").wait_for(state="attached")
        in_sight(page, strip, path)
    page = browser.open("/orders?orderStatus=FAILED", width=390, height=800)
    in_sight(page, ".orders-page .tabs", "the tab")
    tabs = page.locator(".orders-page .tabs")
    tabs.evaluate("(tabs) => { tabs.scrollLeft = 0; }")
    # Counts come anew after a change, and the tabs with them.
    wait_until_drawn_anew(tabs.locator("a").first, after=lambda: console.order(910005))
    equal(tabs.evaluate("(tabs) => tabs.scrollLeft"), 0, "where the tabs were scrolled to")
    tabs.get_by_role("link", name="All").click()
    in_sight(page, ".orders-page .tabs", "the tab of all")
