"""What operators do to many things at once: bulk operations, queues, dead letters, words nobody mapped, files."""

import re

from browser import wait_for_rows, wait_until_drawn_anew
from harness import equal, test, until

#: Dead jobs beside a real order: what a worker leaves when it has given up.
DEAD_JOBS = """
    INSERT INTO jobs (order_id, queue, key, shop, input, state, attempt, max_attempts, run_at, last_error, last_answer)
    SELECT '{order}', 'shopify-admin-notifications', 'fulfillment/{tag}-' || n, 'tests.myshopify.com', convert_to('{{"tracking": "TRK' || n || '"}}', 'UTF8'), 'dead', 5, 5,
           now(), 'HTTP 503 from the shop in request ' || n, convert_to('{{"errors":"Service Unavailable"}}', 'UTF8')
    FROM generate_series(1, {count}) AS n
"""


def order_with_dead_letters(console, browser, ref_id, tag, count):
    """An order, and calls for it that were given up on; nothing of their queue starts."""
    identity = console.order(ref_id)
    browser.request("POST", "/api/queues/shopify-admin-notifications/pause")
    console.sql(DEAD_JOBS.format(order=identity, tag=tag, count=count))
    return identity


@test("everything that matches is selected, counted by the server, confirmed and done with progress")
def bulk(console, browser):
    for ref_id in (940001, 940002, 940003):
        console.order(ref_id, tags="bulk", customer={"first_name": "Bulky", "last_name": "Buyer"})
    page = browser.open("/orders?q=bulky")
    wait_for_rows(page)
    until(lambda: page.locator(".range").inner_text().endswith("of 3"), "three orders")
    page.keyboard.press("Control+a")
    page.get_by_role("button", name="Hold 3 matching").click()
    page.get_by_text("The server counted 3 orders").wait_for()
    page.get_by_label("Reason").fill("Stock is being counted")
    page.get_by_role("button", name="Hold 3", exact=True).click()
    page.get_by_text("3 orders put on hold.").wait_for()
    until(lambda: console.sql("SELECT count(*) FROM orders WHERE ref_id IN ('940001', '940002', '940003') AND order_status = 'ON_HOLD'") == "3", "all three on hold")
    page.goto("/bulk")
    page.get_by_text("Stock is being counted").wait_for()
    page.get_by_text("3 of 3").wait_for()


@test("more than a hundred orders are not changed by a slip of the finger")
def typed_confirmation(console, browser):
    page = browser.open("/orders?orderStatus=CANCELLED")
    wait_for_rows(page)
    page.keyboard.press("Control+a")
    page.get_by_role("button", name="Retry").first.click()
    dialog = page.get_by_role("dialog", name="Retry")
    dialog.wait_for()
    dialog.get_by_label("to confirm").fill("7")
    dialog.get_by_role("button", name="Retry").click()
    page.get_by_text("Type the number").wait_for()
    page.keyboard.press("Escape")
    equal(console.sql("SELECT count(*) FROM bulk_operations WHERE action = 'requeue'"), "0", "operations that were started")


@test("an operation on very many orders is followed and cancelled, and what it could not change is named")
def cancelled(console, browser):
    page = browser.open("/orders?payment=paid")
    wait_for_rows(page)
    page.keyboard.press("Control+a")
    page.get_by_role("button", name="Retry").first.click()
    dialog = page.get_by_role("dialog", name="Retry")
    matched = int(re.search(r"counted ([\d,]+) orders", dialog.inner_text()).group(1).replace(",", ""))
    dialog.get_by_label("to confirm").fill(str(matched))
    dialog.get_by_role("button", name="Retry").click()
    page.get_by_role("link", name="Follow").click()
    page.get_by_role("heading", name="Bulk operations").wait_for()
    # The row is drawn anew every second: neither the focus nor a slow press is lost to that.
    cancel = page.get_by_role("button", name="Cancel")
    cancel.focus()
    wait_until_drawn_anew(cancel)
    equal(page.evaluate("document.activeElement.textContent"), "Cancel", "what has the focus")
    cancel.hover()
    page.mouse.down()
    with page.expect_response("**/api/bulk/*"):
        pass
    page.mouse.up()
    page.get_by_text("Cancelled. What is done stays done.").wait_for()
    state, total, ended = console.sql("SELECT state, total, done + failed FROM bulk_operations WHERE action = 'requeue'").split("|")
    equal((state, int(total)), ("cancelled", matched), "the operation")
    assert 0 < int(ended) < matched, ended
    page.get_by_role("button", name="failed").click()
    page.get_by_role("dialog").get_by_text("it has no dead letter").first.wait_for()
    console.sql("DELETE FROM bulk_operations WHERE action = 'requeue'")


@test("a queue is paused after a question and resumed without one")
def queues(console, browser):
    page = browser.open("/queues")
    page.get_by_role("button", name="Pause courier-commands").click()
    page.get_by_role("dialog").get_by_role("button", name="Pause").click()
    page.get_by_role("button", name="Resume courier-commands").wait_for()
    equal(console.sql("SELECT count(*) FROM queue_states WHERE queue = 'courier-commands' AND paused_at IS NOT NULL"), "1", "pauses")
    page.get_by_role("button", name="Resume courier-commands").click()
    page.get_by_role("button", name="Pause courier-commands").wait_for()


@test("dead letters are grouped by their cause, counted before anything is done, and requeued")
def dead_letters(console, browser):
    identity = order_with_dead_letters(console, browser, 940010, "a", count=4)
    page = browser.open("/dead-letters")
    page.locator(".group").wait_for()
    equal(page.locator(".group").count(), 1, "groups")
    page.get_by_role("button", name="Entries of").click()
    until(lambda: page.locator(".group-entries tbody tr").count() == 4, "four entries")
    page.get_by_role("link", name="fulfillment/a-1").click()
    page.get_by_text("Service Unavailable").wait_for()
    page.go_back()
    page.get_by_role("button", name="Requeue 4").click()
    page.get_by_text("The server counted 4 dead letters.").wait_for()
    page.get_by_role("dialog").get_by_role("button", name="Requeue 4").click()
    page.get_by_text("4 dead letters requeued.").wait_for()
    page.get_by_text("No dead letters").wait_for()
    equal(console.sql(f"SELECT count(*) FROM jobs WHERE order_id = '{identity}' AND state = 'ready'"), "4", "jobs with fresh attempts")


@test("dead letters of the last day are found, counted and requeued without those before")
def dead_letters_since(console, browser):
    identity = order_with_dead_letters(console, browser, 940014, "e", count=3)
    console.sql(f"UPDATE jobs SET updated_at = now() - interval '2 days' WHERE order_id = '{identity}' AND key <> 'fulfillment/e-1'")
    page = browser.open("/", timezone_id="UTC")
    page.get_by_role("link", name="Dead letters 3 ▲1 within the last hour").click()
    page.get_by_role("button", name="Requeue 3").wait_for()
    page.get_by_label("Given up").select_option("Last day")
    page.get_by_role("button", name="Requeue 1").click()
    equal(page.url.split("?")[1], "since=24h", "the address")
    page.get_by_text("The server counted 1 dead letter.").wait_for()
    page.get_by_role("dialog").get_by_role("button", name="Requeue 1").click()
    page.get_by_text("Nothing fits").wait_for()
    equal(console.sql(f"SELECT string_agg(key, ' ' ORDER BY key) FROM jobs WHERE order_id = '{identity}' AND state = 'dead'"), "fulfillment/e-2 fulfillment/e-3", "what is left")
    page.goto("/dead-letters?view=list&since=7d")
    until(lambda: page.locator("tbody tr").count() == 2, "two entries of the last week")
    equal(page.get_by_label("Given up").input_value(), "7d", "the span of the address")
    given_up = console.sql(f"SELECT min(to_char(updated_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS')) FROM jobs WHERE order_id = '{identity}' AND state = 'dead'")
    equal(page.get_by_role("cell", name=given_up).count(), 2, "entries that say when they were given up on")
    page.get_by_role("link", name="fulfillment/e-2").click()
    page.get_by_role("heading", name="fulfillment/e-2").wait_for()
    page.get_by_text(given_up).wait_for()
    console.sql(f"DELETE FROM jobs WHERE order_id = '{identity}'")


@test("dead letters are discarded with a reason")
def discard(console, browser):
    identity = order_with_dead_letters(console, browser, 940011, "b", count=2)
    page = browser.open("/dead-letters")
    page.get_by_role("button", name="Discard…").click()
    page.get_by_label("Reason").fill("The shop is closed")
    page.get_by_role("button", name="Discard 2").click()
    page.get_by_text("2 dead letters discarded.").wait_for()
    equal(console.sql(f"SELECT count(*) FROM finished_jobs WHERE order_id = '{identity}' AND outcome = 'discarded'"), "2", "discarded jobs")


@test("an order whose fault made a dead letter is edited, and then the dead letter is requeued")
def edit_then_requeue(console, browser):
    identity = order_with_dead_letters(console, browser, 940012, "c", count=1)
    page = browser.open("/dead-letters?view=list")
    page.get_by_role("link", name="fulfillment/c-1").click()
    page.get_by_role("button", name="Edit order, then requeue").click()
    page.get_by_label("Phone").fill("+49 30 1234567")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("is saved as version 2").wait_for()
    page.get_by_text("The server counted 1 dead letter.").wait_for()
    equal(console.sql(f"SELECT state FROM jobs WHERE order_id = '{identity}'"), "dead", "the job before somebody says yes")
    page.get_by_role("dialog").get_by_role("button", name="Requeue 1").click()
    page.get_by_text("1 dead letter requeued.").wait_for()
    until(lambda: page.url.endswith("/dead-letters"), "the list again")
    equal(console.sql(f"SELECT state FROM jobs WHERE order_id = '{identity}'"), "ready", "the job")
    equal(console.sql(f"SELECT shipping_address->>'phone' FROM orders WHERE id = '{identity}'"), "+49 30 1234567", "the phone number")
    equal(console.sql(f"SELECT count(*) FROM operator_audit WHERE action = 'order.edit' AND target = 'order:{identity}'"), "1", "edits in the audit")


@test("an edit that is cancelled requeues nothing")
def edit_without_requeue(console, browser):
    identity = order_with_dead_letters(console, browser, 940013, "d", count=1)
    number = console.sql(f"SELECT id FROM jobs WHERE order_id = '{identity}'")
    page = browser.open(f"/dead-letters/{number}")
    page.get_by_role("button", name="Edit order, then requeue").click()
    page.get_by_label("Phone").wait_for()
    page.keyboard.press("Escape")
    until(lambda: page.locator("dialog").count() == 0, "no dialog")
    equal(console.sql(f"SELECT state FROM jobs WHERE order_id = '{identity}'"), "dead", "the job")
    console.sql(f"DELETE FROM jobs WHERE order_id = '{identity}'")


@test("a word nobody has mapped gets a meaning, and its orders are folded anew")
def unmapped(console, browser):
    identity = console.order(940020, fulfillments=[{
        "id": 77, "status": "success", "created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z", "tracking_company": "bosta", "tracking_number": "UNM-1",
    }])
    console.callback(tracking_number="UNM-1", courier="bosta", status="levitating", timestamp="2026-01-02T00:00:00Z")
    until(lambda: console.sql("SELECT count(*) FROM audit_log WHERE status = 'unmapped'") == "1", "the unknown word in the audit")
    page = browser.open("/unmapped")
    page.get_by_text("levitating").first.wait_for()
    page.get_by_role("button", name="Say what it means…").first.click()
    page.get_by_label("It means").select_option("in_transit")
    page.get_by_role("button", name="Map it").click()
    page.get_by_text("folded anew.").wait_for()
    until(lambda: console.sql("SELECT count(*) FROM courier_statuses WHERE status = 'levitating'") == "1", "the mapping")
    until(lambda: console.sql(f"SELECT status FROM shipments WHERE order_id = '{identity}'") == "in_transit", "the parcel folded anew")


@test("the export has exactly the rows and columns that were asked for")
def export(console, browser):
    console.order(940030, customer={"first_name": "=HYPERLINK(1)", "last_name": "Formula"})
    page = browser.open("/orders?q=940030")
    wait_for_rows(page)
    page.get_by_role("button", name="Export").click()
    for label in ("Id", "Shop", "Version", "Created", "Updated"):
        page.get_by_role("dialog").get_by_label(label, exact=True).uncheck()
    with page.expect_download() as download:
        page.get_by_role("button", name="Start download").click()
    with open(download.value.path(), encoding="utf-8-sig") as file:
        lines = file.read().splitlines()
    equal(len(lines), 2, "lines of the file")
    assert "940030" in lines[1] and ",=HYPERLINK" not in lines[1] and not lines[1].startswith("="), lines[1]


@test("an operator's own password and an admin's users are changed from the settings")
def access(console, browser):
    page = browser.open("/settings")
    page.get_by_role("button", name="Add user").click()
    page.get_by_role("dialog").get_by_label("Name").fill("newcomer")
    page.get_by_role("dialog").get_by_label("Password").fill("a long enough one")
    page.get_by_role("dialog").get_by_role("button", name="Add user").click()
    page.get_by_label("Role of newcomer").wait_for()
    page.get_by_role("button", name="Make token").click()
    page.get_by_role("dialog").get_by_label("Name").fill("reports")
    page.get_by_role("dialog").get_by_role("button", name="Make token").click()
    page.get_by_text("It is shown this once.").wait_for()
