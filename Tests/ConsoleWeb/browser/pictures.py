"""The screenshots of the documentation."""

from browser import wait_for_rows
from harness import until

SIZE = {"width": 1280, "height": 800}


#: An hour in which something happened.
ACTIVITY = """
    INSERT INTO activity_minutes (minute, received, processed, discarded, failed, duplicates, orders, latencies)
    SELECT date_trunc('minute', now()) - n * interval '1 minute', 200 + (60 * sin(n / 6.0))::integer, 160 + (50 * sin(n / 6.0))::integer, 34 + n % 9,
           CASE WHEN n % 13 = 4 THEN 6 ELSE 0 END, 18 + n % 7, 150 + (40 * sin(n / 6.0))::integer, ARRAY[0, 0, 0, 2, 30, 110 + n, 20 + n % 11, 4, 1] || array_fill(0, ARRAY[15])
    FROM generate_series(0, 59) AS n
    ON CONFLICT (minute) DO UPDATE SET received = excluded.received, processed = excluded.processed, discarded = excluded.discarded;
    INSERT INTO jobs (order_id, queue, key, shop, input, state, attempt, max_attempts, run_at, last_error)
    SELECT md5('filler' || n * 5)::uuid, 'shopify-admin-notifications', 'fulfillment/' || n, 'demo.myshopify.com', '{}', 'dead', 5, 5, now(), 'HTTP 503 from the shop'
    FROM generate_series(1, 12) AS n;
"""


def take_pictures(console, browser, folder):
    console.sql(ACTIVITY)
    browser.request("POST", "/api/queues/courier-commands/pause", user="operator")
    def picture(page, name):
        page.mouse.move(0, 0)
        page.wait_for_timeout(400)
        page.screenshot(path=f"{folder}/{name}.png")

    # First, because the minutes that follow are counted by the console.
    page = browser.open("/analytics?range=1h&compare=1", theme="dark", **SIZE)
    page.locator("figure svg").first.wait_for()
    picture(page, "analytics-dark")
    for theme in ("light", "dark"):
        page = browser.open("/orders", theme=theme, **SIZE)
        wait_for_rows(page)
        until(lambda: page.locator(".tabs a").count() > 3, "the tabs")
        picture(page, f"orders-{theme}")
    page = browser.open("/orders?orderStatus=FAILED", width=420, height=800)
    wait_for_rows(page)
    picture(page, "orders-narrow")

    identity = console.order(990001)
    for theme in ("light", "dark"):
        page = browser.open("/", theme=theme, **SIZE)
        page.locator("figure svg").first.wait_for()
        picture(page, f"overview-{theme}")
    page = browser.open("/dead-letters", **SIZE)
    page.locator(".group-head .icon-button").first.click()
    page.locator(".group-entries tbody tr").first.wait_for()
    picture(page, "dead-letters")
    first, second = browser.open(f"/orders/{identity}", user="operator", **SIZE), browser.open(f"/orders/{identity}", **SIZE)
    for page in (first, second):
        page.get_by_role("button", name="Edit").click()
        page.get_by_label("Status").wait_for()
    second.get_by_label("Status").select_option("SHIPPED")
    second.get_by_label("Note").fill("The customer fetches it herself")
    first.get_by_label("Status").select_option("DELIVERED")
    first.get_by_label("Courier", exact=True).fill("dhl")
    first.get_by_role("button", name="Save", exact=True).click()
    first.get_by_text("is saved as version 2").wait_for()
    second.get_by_role("button", name="Review").click()
    second.get_by_role("dialog", name="Resolve conflict").wait_for()
    picture(second, "conflict")
    second.get_by_role("button", name="Save merged").click()
    second.get_by_text("is merged and saved").wait_for()
    picture(second, "order")
