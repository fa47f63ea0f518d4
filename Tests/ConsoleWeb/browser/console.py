"""A whole system on throw-away servers: ingest, an orchestrator and the console, each on free ports."""

import base64
import hashlib
import hmac
import json
import os
import socket
import subprocess
import time
import urllib.request
import uuid

from harness import until

SECRET = "browser-tests"
PASSWORD = "a password for tests"
#: How long a process may take to begin, and to take up what is there.
STARTING_SECONDS = 60
#: Orders that exist only so that the grid is long.
FILLERS = int(os.environ.get("CONSOLE_WEB_ORDERS", "100000"))


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Console:
    def __init__(self, folder, logs, orders=FILLERS):
        self.folder = folder
        self.orders = orders
        self.logs = logs
        self.ports = {name: free_port() for name in ("ingest", "console", "ingest-admin", "orchestrator-admin", "console-admin")}
        self.url = f"http://127.0.0.1:{self.ports['console']}"
        self.environment = {
            **os.environ,
            "APP_ENV": "test",
            "BOOKING": "off",
            "SHOPIFY_WEBHOOK_SECRETS": SECRET,
            "COURIER_NATIVE_SECRET": SECRET,
            "CONSOLE_ADMIN_PASSWORD": PASSWORD,
            "PORT": str(self.ports["ingest"]),
            "CONSOLE_PORT": str(self.ports["console"]),
            "LOG_LEVEL": "warning",
            # How long a commit takes is not what is tested here.
            "INGEST_COMMIT_TIMEOUT_MS": "4000",
        }
        self.processes = {}

    def start(self):
        subprocess.run([f"{self.folder}/ordersctl", "migrate"], env=self.environment, check=True, stdout=subprocess.DEVNULL)
        self.sql(fillers(self.orders))
        for name in ("ingest", "orchestrator", "console"):
            self.start_process(name)
        self.wait("SELECT count(*) FROM console_users", "1")
        # The lists are filled from the orders that were there before the console.
        self.wait("SELECT count(*) FROM order_list", str(self.orders))

    def wait(self, statement, expected):
        until(lambda: self.sql(statement) == expected, f"{statement} being {expected}", seconds=STARTING_SECONDS)

    def start_process(self, name):
        log = open(f"{self.logs}/{name}.log", "ab")
        admin = self.ports[f"{name}-admin"]
        environment = {**self.environment, "ADMIN_PORT": str(admin), "ORCHESTRATOR_NAME": "browser-tests"}
        self.processes[name] = subprocess.Popen([f"{self.folder}/{name}"], env=environment, stdout=log, stderr=log)
        process = self.processes[name]
        what = f"{name} being ready (see {self.logs}/{name}.log)"
        until(lambda: answers(f"http://127.0.0.1:{admin}/readyz") or process.poll() is not None, what, seconds=STARTING_SECONDS)
        assert process.poll() is None, f"{name} ended instead of {what}"

    def stop_process(self, name):
        process = self.processes.pop(name)
        process.terminate()
        process.wait(timeout=30)

    def stop(self):
        for name in list(self.processes)[::-1]:
            self.stop_process(name)

    def sql(self, statement):
        """What a statement says, one line a row; columns are divided by bars."""
        done = subprocess.run(
            ["psql", "-qAtX", "-v", "ON_ERROR_STOP=1", self.environment["DATABASE_URL"], "-c", statement],
            check=True, capture_output=True, text=True,
        )
        return done.stdout.strip()

    def webhook(self, ref_id, topic="orders/create", **fields):
        """Sends a signed webhook as a shop does, and returns when it is durable."""
        moment = time.time()
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(moment)) + f".{int(moment % 1 * 1e6):06d}Z"
        body = json.dumps({
            "id": ref_id, "name": f"#{ref_id}", "financial_status": "paid", "total_price": "49.69", "currency": "EUR", "updated_at": stamp,
            "customer": {"first_name": "Grace", "last_name": f"Perlman {ref_id}", "email": "grace@example.org"},
            "shipping_address": {"name": "Grace Perlman", "address1": "1 Example Street", "city": "Berlin", "zip": "10115", "country": "Germany", "country_code": "DE"},
            "line_items": [{"id": 1, "title": "Tea", "quantity": 1, "fulfillable_quantity": 1, "requires_shipping": True, "price": "49.69"}],
            **fields,
        }).encode()
        self.post("/webhooks/shopify", body, {
            "X-Shopify-Topic": topic, "X-Shopify-Shop-Domain": "tests.myshopify.com", "X-Shopify-Webhook-Id": str(uuid.uuid4()),
            "X-Shopify-Hmac-Sha256": base64.b64encode(hmac.new(SECRET.encode(), body, hashlib.sha256).digest()).decode(),
        })

    def callback(self, **fields):
        """A courier's callback, signed as the native ones are."""
        body = json.dumps(fields).encode()
        signature = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
        self.post("/webhooks/courier", body, {"X-Courier-Signature": f"sha256={signature}"})

    def post(self, path, body, headers):
        request = urllib.request.Request(f"http://127.0.0.1:{self.ports['ingest']}{path}", body, {"Content-Type": "application/json", **headers})
        with urllib.request.urlopen(request, timeout=30) as answer:
            assert answer.status == 200, answer.status

    def order(self, ref_id, **fields):
        """An order that came through the front door; its id, when it is merged."""
        self.webhook(ref_id, **fields)
        selected = f"SELECT id FROM orders WHERE ref_id = '{int(ref_id)}' AND source = 'shopify' AND shop = 'tests.myshopify.com'"
        return until(lambda: self.sql(selected), f"order {ref_id} being merged")


def answers(address):
    try:
        with urllib.request.urlopen(address, timeout=1) as answer:
            return answer.status == 200
    except OSError:
        return False


def fillers(count):
    """Orders as the merge leaves them, without events: enough for lists, filters and the live feed."""
    return f"""
        INSERT INTO orders (id, source, shop, ref_id, name, status, order_status, payment_status, shipping_status, placeholder,
                            shipping_fee, customer, total_price, currency, version, created_at, updated_at, courier, tracking_number)
        SELECT md5('filler' || n)::uuid, 'shopify', 'demo.myshopify.com', (5000000000000 + n * 977)::text, '#' || (100000 + n),
               s.public, s.status, CASE n % 4 WHEN 0 THEN 'pending' WHEN 3 THEN 'cancelled' ELSE 'paid' END, 'pending', false,
               (n * 37 % 2000) / 100.0,
               jsonb_build_object('name', (ARRAY['Grace', 'Ana', 'Yuki', 'Omar', 'Lena', 'Priya'])[1 + n % 6] || ' ' || (ARRAY['Perlman', 'Tanaka', 'Haddad', 'Nair', 'Berg'])[1 + n % 5]),
               (n * 7331 % 150000) / 100.0, 'EUR', 1 + n % 7,
               now() - interval '1 day' - n * interval '9 seconds', now() - interval '1 hour' - n * interval '9 seconds',
               CASE WHEN n % 3 = 0 THEN 'bosta' END, CASE WHEN n % 3 = 0 THEN 'TRK' || (900000000 + n) END
        FROM generate_series(1, {count}) AS n
        CROSS JOIN LATERAL (SELECT (ARRAY['PENDING', 'CONFIRMED', 'BOOKED', 'SHIPPED', 'DELIVERED', 'CANCELLED', 'FAILED'])[CASE WHEN n % 97 = 0 THEN 7 ELSE 1 + n % 6 END] AS status,
                                   (ARRAY['PENDING', 'CONFIRMED', 'CONFIRMED', 'SHIPPED', 'SHIPPED', 'CANCELLED', 'SHIPPED'])[CASE WHEN n % 97 = 0 THEN 7 ELSE 1 + n % 6 END] AS public) AS s;
        ANALYZE orders;
    """
