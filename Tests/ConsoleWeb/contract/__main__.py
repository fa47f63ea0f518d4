"""Holds a running console against its description with schemathesis: python contract --bin FOLDER."""

import argparse
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "browser"))

from console import Console  # noqa: E402
from operation_tests import DEAD_JOBS  # noqa: E402

#: Enough for several pages of every list.
ORDERS = 1_200
#: Whose requests, and what they go through: who may do everything tries everything.
RUNS = {"admin": ["--phases", "coverage,fuzzing,stateful"], "viewer": ["--phases", "coverage", "--mode", "positive"], "public": ["--phases", "coverage", "--mode", "positive"]}

TOKEN = """
    INSERT INTO console_tokens (id, token_hash, name, role, created_by) VALUES ('{id}', '\\x{hash}', '{role}', '{role}', 'admin')
"""


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True, help="the folder of the built programs")
    options = parser.parse_args()
    console = Console(options.bin, tempfile.mkdtemp(prefix="console-contract-"), orders=ORDERS)
    try:
        console.start()
        ids = seed(console)
        results = [hold(console, role, ids) for role in RUNS]
    finally:
        console.stop()
    print(f"{results.count(True)} passed, {results.count(False)} failed")
    return 0 if all(results) else 1


def add_token(console, role):
    """The id and the secret of a new token; that of the public is not known to the console."""
    identity, secret = str(uuid.uuid4()), f"contract-{uuid.uuid4()}"
    if role != "public":
        console.sql(TOKEN.format(id=identity, hash=hashlib.sha256(secret.encode()).hexdigest(), role=role))
    return identity, secret


def seed(console):
    """One of everything that the API shows; their ids by kind."""
    order = console.order(950001)
    console.sql(DEAD_JOBS.format(order=order, tag="contract", count=5))
    console.callback(tracking_number="CON-1", courier="bosta", status="levitating", timestamp="2026-01-02T00:00:00Z")
    body = json.dumps({"action": "hold", "filter": {"ids": [order]}, "expectedCount": 1}).encode()
    console.wait("SELECT count(*) FROM order_list WHERE ref_key = '950001'", "1")
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {add_token(console, 'admin')[1]}"}
    with urllib.request.urlopen(urllib.request.Request(f"{console.url}/api/bulk", body, headers), timeout=10) as answer:
        bulk = json.load(answer)["id"]
    return {
        "order": order, "bulk": bulk,
        "event": console.sql(f"SELECT event_id FROM event_store WHERE subject_id = '{order}' LIMIT 1"),
        "job": console.sql(f"SELECT min(id) FROM jobs WHERE order_id = '{order}'"),
    }


def hold(console, role, ids):
    """Whether schemathesis finds nothing with requests of this role."""
    start = time.monotonic()
    # Made now: who tries everything before may revoke every token there is.
    token, secret = add_token(console, role)
    program = os.path.join(os.path.dirname(sys.executable), "schemathesis")
    done = subprocess.run(
        [program, "--config-file", f"{HERE}/schemathesis.toml", "--no-color", "run", f"{console.url}/openapi.json", "--workers", "2", *RUNS[role]],
        env={
            **os.environ, "SCHEMATHESIS_HOOKS": f"{HERE}/hooks.py", "CONSOLE_CONTRACT_URL": console.url, "CONSOLE_CONTRACT_IDS": json.dumps(ids),
            "CONSOLE_CONTRACT_ROLE": role, "CONSOLE_CONTRACT_TOKEN": token, "CONSOLE_CONTRACT_SECRET": secret,
        },
        capture_output=True, text=True, cwd=console.logs,
    )
    cases = re.findall(r"[\d,]+ generated.*", done.stdout)
    if done.returncode != 0:
        print(done.stdout + done.stderr)
    print(f"{'✔' if done.returncode == 0 else '✘'} the API is what its description says, to {role} ({', '.join(cases)}; {time.monotonic() - start:.1f} s)")
    sys.stdout.flush()
    return done.returncode == 0


sys.exit(main())
