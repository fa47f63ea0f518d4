"""What schemathesis has to know of the console that no schema can say, and a check of its own: who may do what."""

import datetime
import json
import os

import schemathesis
# Before there are workers: two of them that import what this imports at the same moment break each other in Python 3.11.
import schemathesis.transport.asgi  # noqa: F401
from hypothesis import strategies
from schemathesis.core.parameters import ParameterLocation

ROLES = ["public", "viewer", "operator", "admin"]
#: Whose requests these are: a role, or public for those of nobody.
ROLE = os.environ["CONSOLE_CONTRACT_ROLE"]
#: The token of these requests, which must not revoke itself.
TOKEN_ID = os.environ["CONSOLE_CONTRACT_TOKEN"]

#: What is there, by kind: nobody can make up an id that is.
IDS = json.loads(os.environ["CONSOLE_CONTRACT_IDS"])
KINDS = {"/api/orders/": "order", "/orders/": "order", "/api/events/": "event", "/api/dead-letters/": "job", "/api/bulk/": "bulk"}

#: No order is older than 1970, and no time of the API.
TIMES = strategies.datetimes(datetime.datetime(1970, 1, 2), datetime.datetime(9998, 12, 31), timezones=strategies.just(datetime.timezone.utc))
schemathesis.openapi.format("date-time", TIMES.map(lambda moment: moment.isoformat().replace("+00:00", "Z")))


@schemathesis.hook
def filter_path_parameters(context, path_parameters):
    return not path_parameters or path_parameters.get("id") != TOKEN_ID


@schemathesis.hook
def before_call(context, case, kwargs):
    if case.meta is None:
        return
    kind = next((kind for start, kind in KINDS.items() if case.operation.path.startswith(start)), None)
    if kind and "id" in (case.path_parameters or {}) and not case.meta.is_negative_at(ParameterLocation.PATH):
        case.path_parameters["id"] = IDS[kind]
    if case.meta.is_negative_at(ParameterLocation.QUERY) or not case.query:
        return
    if "subject" in case.query:
        case.query["subject"] = IDS["order"]
    # A cursor is what a page ended with, and nothing that can be made up. The Swift tests follow, change and forge them.
    case.query.pop("cursor", None)
    # A span ends after it begins and is not longer than 92 days.
    if case.operation.path == "/api/analytics":
        case.query.pop("from", None)


@schemathesis.check
def role(ctx, response, case):
    """Nobody gets what his role does not allow, and everybody gets an answer about the rest."""
    needed = case.operation.definition.raw["x-role"]
    if case.method.upper() != case.operation.method.upper() or ROLES.index(ROLE) >= ROLES.index(needed):
        return
    expected = 401 if ROLE == "public" else 403
    if response.status_code != expected:
        raise AssertionError(f"{case.operation.label} needs the role {needed} and answers {response.status_code} to {ROLE}, not {expected}")
