"""Every page: it draws, it is accessible in both themes, it says what is wrong."""

from axe_playwright_python.sync_playwright import Axe

from browser import wait_for_rows, wait_until_drawn, wait_until_live
from harness import equal, test, until

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]}
#: What another theme can change.
COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
PAGES = {
    "/": "Overview", "/orders": "Orders", "/queues": "Queues", "/queues/courier-commands": "courier-commands", "/dead-letters": "Dead letters",
    "/unmapped": "Unmapped statuses", "/analytics": "Analytics", "/bulk": "Bulk operations", "/audit": "Audit", "/settings": "Settings",
}


def check_both(page, what):
    """The whole page in the light theme, its colours in the dark one."""
    check(page, f"{what}, light")
    # Without motion no colour is on its way from one theme to the other.
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    check(page, f"{what}, dark", COLOURS)
    page.emulate_media(color_scheme="light")


def check(page, what, rules=RULES):
    found = Axe().run(page, options=rules).response["violations"]
    told = [f"{one['id']}: {one['help']} – {[node['html'][:120] for node in one['nodes'][:3]]}" for one in found]
    equal(told, [], f"accessibility violations of {what}")


@test("every page draws and has no accessibility violation in either theme")
def every_page(console, browser):
    page = browser.open("/login", user=None)
    page.get_by_label("Password").wait_for()
    check_both(page, "the sign-in page")
    page = browser.open("/")
    for path, heading in PAGES.items():
        page.goto(path)
        wait_until_drawn(page)
        until(lambda: page.title().startswith(heading), f"the title of {path}")
        assert heading in page.locator("main h1").first.inner_text(), path
        equal(page.locator("[role=alert] h2").count(), 0, f"failures on {path}")
        check_both(page, path)


@test("an order, its drawer, its dialogs and the palette have no accessibility violation")
def overlays(console, browser):
    identity = console.order(920001)
    page = browser.open(f"/orders/{identity}")
    wait_until_drawn(page)
    check_both(page, "the order")
    page.keyboard.press("e")
    page.get_by_label("Note").wait_for()
    check_both(page, "the edit dialog")
    page.goto("/orders?q=920001")
    wait_for_rows(page)
    page.keyboard.press("Enter")
    page.locator(".drawer .timeline li").first.wait_for()
    check_both(page, "the drawer")
    page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    page.locator("dialog.palette input").wait_for()
    check_both(page, "the palette")


@test("an order shows its timeline and its raw payload exactly")
def order_page(console, browser):
    identity = console.order(920002, note="big number", total_price="49.69")
    console.webhook(920002, topic="orders/updated", note="9007199254740993.10")
    until(lambda: console.sql("SELECT version FROM orders WHERE ref_id = '920002'") == "2", "both webhooks")
    page = browser.open(f"/orders/{identity}")
    page.get_by_text("orders/updated").first.wait_for()
    page.get_by_text("Raw payload").first.click()
    payload = page.locator(".timeline .payload").first
    payload.wait_for()
    stored = console.sql("SELECT convert_from(e.body, 'UTF8') FROM event_store AS e JOIN audit_log AS a USING (subject_id, event_id) WHERE e.ref_id = '920002' AND e.topic = 'orders/updated'")
    equal(payload.evaluate("(element) => element.textContent"), stored, "the payload")


@test("a payload that somebody reads stays open while the order changes")
def payload_stays(console, browser):
    identity = console.order(920005)
    page = browser.open(f"/orders/{identity}")
    wait_until_live(page)
    page.get_by_text("Raw payload").first.click()
    payload = page.locator(".timeline .payload")
    payload.wait_for()
    text = payload.evaluate("(element) => element.textContent")
    console.webhook(920005, topic="orders/cancelled", cancelled_at="2026-01-01T00:00:00Z")
    page.locator(".timeline > li").nth(1).wait_for()
    assert "orders/cancelled" in page.locator(".timeline > li").first.inner_text()
    assert payload.is_visible()
    equal(payload.evaluate("(element) => element.textContent"), text, "the payload")


@test("an order says why every field is what it is, and why it is not booked")
def explained(console, browser):
    identity = console.order(920003, financial_status="pending")
    page = browser.open(f"/orders/{identity}")
    page.get_by_role("button", name="Explain").click()
    page.locator(".explain .field-name").nth(1).wait_for()
    assert "payment is pending" in page.locator(".explain").inner_text(), page.locator(".explain").inner_text()
    check_both(page, "the explanation")


@test("an order says that its booking's cancel was given up on")
def given_up(console, browser):
    identity = console.order(920004)
    console.sql(f"""
        INSERT INTO bookings (order_id, attempt, state, reference, destination_hash, courier, tracking_number, given_up, reason)
        VALUES ('{identity}', 1, 'cancel_requested', gen_random_uuid(), '', 'bosta', 'TRK-7', true, 'HTTP 503 from the courier')
    """)
    page = browser.open(f"/orders/{identity}")
    page.get_by_text("The booking with bosta could not be cancelled: every attempt failed. It needs a person.").wait_for()
    page.get_by_role("region", name="Bookings").get_by_text("given up").wait_for()
    check_both(page, "the order")
    console.sql(f"UPDATE bookings SET given_up = false WHERE order_id = '{identity}'")
    page.reload()
    page.get_by_text("The booking with bosta is being cancelled.").wait_for()
    equal(page.get_by_text("given up").count(), 0, "what is given up")


@test("a server that cannot answer is shown with its request id and a way to try again")
def failing(console, browser):
    page = browser.open("/settings")
    page.locator("main h1").wait_for()
    away = {"status": 503, "content_type": "application/json", "body": '{"error":"The database cannot be reached at the moment.","code":"unavailable","requestId":"rq-1"}'}
    page.route("**/api/queues", lambda route: route.fulfill(**away))
    page.keyboard.press("g")
    page.keyboard.press("q")
    page.get_by_text("The database cannot be reached").wait_for()
    assert "rq-1" in page.locator("main").inner_text()
    page.unroute("**/api/queues")
    page.get_by_role("button", name="Try again").click()
    page.locator("table tbody tr").first.wait_for()


@test("a page that does not exist says so, and so does an order")
def missing(console, browser):
    page = browser.open("/no/such/page")
    page.get_by_text("There is no such page").wait_for()
    page.goto("/orders/00000000-0000-0000-0000-000000000000")
    page.locator("main [role=alert]").wait_for()


@test("the theme, the density and the time zone are kept by this browser")
def preferences(console, browser):
    page = browser.open("/settings")
    page.get_by_role("button", name="Dark", exact=True).click()
    page.get_by_role("button", name="Compact").click()
    page.reload()
    until(lambda: page.evaluate("document.documentElement.dataset.theme") == "dark", "the dark theme")
    equal(page.evaluate("document.documentElement.dataset.density"), "compact", "the density")
    equal(page.evaluate("getComputedStyle(document.body).backgroundColor"), "rgb(14, 18, 24)", "the background")


@test("charts show any span of time, and the address says which")
def custom_span(console, browser):
    page = browser.open("/analytics", timezone_id="UTC")
    page.get_by_role("button", name="Custom…").click()
    page.get_by_label("From").fill("2026-01-18T08:00")
    page.get_by_label("Until").fill("2026-01-18T07:00")
    page.get_by_role("button", name="Apply").click()
    page.get_by_text("It must end after it begins.").wait_for()
    page.get_by_label("Until").fill("2026-01-18T09:30")
    with page.expect_request(lambda request: "/api/analytics?" in request.url) as asked:
        page.get_by_role("button", name="Apply").click()
    assert "from=2026-01-18T08%3A00%3A00.000Z&to=2026-01-18T09%3A30%3A00.000Z" in asked.value.url, asked.value.url
    page.locator("figure svg[role=img]").first.wait_for()
    page.reload()
    until(lambda: page.get_by_role("button", name="Custom…").get_attribute("aria-pressed") == "true", "the span after a reload")
    page.get_by_role("button", name="24 hours").click()
    until(lambda: page.url.endswith("/analytics?range=24h"), "the address of the last day")


@test("charts have their numbers as a table and as a file")
def chart_tables(console, browser):
    page = browser.open("/analytics?range=1h")
    page.locator("figure svg[role=img]").first.wait_for()
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV").click()
    with open(download.value.path(), encoding="utf-8") as file:
        assert file.readline().startswith("at,received,"), "the head of the file"
    page.keyboard.press("Alt+t")
    page.locator(".numbers table").first.wait_for()
    equal(page.locator("figure svg[role=img]").count(), 0, "the number of drawings left")
