"""Hooks of schemathesis: what is valid here, where a schema cannot say it, and a tally of what was answered.

A schema knows forms, not history or the world: which names the public suffix list lets somebody own, which time is yet
to come, which versions Lambda has, which cursor or Idempotency-Key was given out. Three of four requests that fit their
schema get such values here, so that they reach what lies behind; the rest go out as they were made, and for them exactly
the refusals of NO_SCHEMA_SAYS are right.
"""

import atexit
import json
import os
import time
import urllib.request
import zlib
from collections import Counter, defaultdict

import schemathesis
from schemathesis.generation.meta import TestPhase
from schemathesis.openapi.checks import RejectedPositiveData

DEMO = json.loads(os.environ["FUZZ_DEMO"])
SERVER = os.environ["FUZZ_SERVER"]
TOKEN = os.environ["FUZZ_TOKEN"]
RECEIVER = os.environ["FUZZ_RECEIVER"]
TALLY = os.environ["FUZZ_TALLY"]

# By code: the fields it may be about; None for a code that is about no field.
NO_SCHEMA_SAYS = {
    # Names of IP addresses, public suffixes, AWS's own and the like: src/domain/hostname.ts.
    "invalid_hostname": None,
    # The key came with another request before.
    "idempotency_key_reused": None,
    "invalid_request": {
        "query/cursor",  # not given out by this list
        "body/expiresAt",  # gone by
        "body/lambdaServerVersionArn",  # of another function than the project's
        "body/lambdaImageVersionArn",
        "body/promote",  # of a build that is not deployed: the status is beside it
        "body/probe",  # exactly one of two properties; said in a union, it would make poor types in clients
        "body/probe/url",  # a host that cannot be
        "body/url",
        "body/www",  # of a name that nobody can register: the public suffix list again
    },
}

TARGETS = {"serverFunctionName", "imageFunctionName", "distributionId", "distributionDomain", "edge"}

answers = defaultdict(Counter)
cursors = {}
keys = {}
# What has been seen, by the operation that can be asked about it: the ids that its path and body take.
seen = defaultdict(list)
seen["rollBack"] = [{"projectId": "test", "targetDeploymentId": each} for each in DEMO["deploymentIds"]]
seen["promoteDeployment"] = [{"projectId": "test", "deploymentId": each} for each in DEMO["deploymentIds"]]


def ask(method, path, body=None):
    request = urllib.request.Request(SERVER + path, json.dumps(body).encode() if body else None, method=method)
    request.add_header("authorization", f"Bearer {TOKEN}")
    request.add_header("content-type", "application/json")
    return json.load(urllib.request.urlopen(request, timeout=20))


def prepare():
    """Builds that have not ended, and something that is sent to a webhook."""
    for number in range(8):
        build = {"commitSha": "0123abc", "branch": "main", "version": str(number), "status": "building"}
        deployment = ask("POST", "/projects/test/deployments", build)["deploymentId"]
        seen["finishDeployment"].append({"projectId": "test", "deploymentId": deployment})
    webhook = ask("POST", "/projects/test/webhooks", {"url": f"{RECEIVER}/first"})["webhookId"]
    ask("PUT", "/projects/test/pin", {"reason": "an event"})
    for _ in range(100):
        deliveries = ask("GET", f"/projects/test/webhooks/{webhook}/deliveries")
        if deliveries:
            ids = {"projectId": "test", "webhookId": webhook}
            seen["resendDelivery"] = [{**ids, "deliveryId": each["deliveryId"]} for each in deliveries]
            return
        time.sleep(0.1)
    raise RuntimeError("nothing was sent to the webhook")


@schemathesis.hook
def before_call(context, case, kwargs):
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    if isinstance(case.body, dict):
        case.body = valid_body(case.body)
    seen_ids(case)
    spare_demo(case)
    given_cursor(case)
    fresh_key(case)


def chosen(value, of=4):
    """The same for the same value, so that a seed replays."""
    return zlib.crc32(repr(value).encode()) % of


def valid_body(body):
    body = {name: valid(name, value) for name, value in body.items()}
    probe = body.get("probe")
    if isinstance(probe, dict) and chosen(probe):
        asked = probe if ("header" in probe) != ("jsonPath" in probe) else {**probe, "header": "x-build"}
        body["probe"] = {name: value for name, value in asked.items() if name != "jsonPath" or asked is probe}
        body["probe"]["url"] = f"{RECEIVER}/build"
    if body.get("www") in ("also", "redirect") and chosen(body):
        body["domain"] = f"fuzz{chosen(body, 20)}.com"
    return body


def valid(name, value):
    turn = chosen((name, value))
    if name == "expiresAt" and isinstance(value, int) and turn:
        return int(time.time() * 1000) + 3_600_000 + value % 31_536_000_000
    if not isinstance(value, str) or not turn:
        return value
    if name == "domain":
        return f"n{chosen(value, 40)}.example.com"
    if name == "url":
        return f"{RECEIVER}/{chosen(value, 10)}"
    if name == "lambdaServerVersionArn":
        return DEMO["serverVersionArns"][turn % 2]
    if name == "lambdaImageVersionArn":
        return DEMO["imageVersionArns"][turn % 2]
    if name == "serverFunctionName":
        return DEMO["serverVersionArns"][0].split(":")[-2]
    if name == "imageFunctionName":
        return DEMO["imageVersionArns"][0].split(":")[-2]
    if name == "distributionId":
        return DEMO["distributionId"]
    if name == "distributionDomain":
        return DEMO["distributionDomain"]
    return value


def seen_ids(case):
    """Takes the request to something that is there. Links do that for parameters of those that follow one another."""
    ids = seen[operation_id(case)]
    if case.meta.phase.name == TestPhase.STATEFUL:
        ids = [each for each in ids if each.items() & case.path_parameters.items() == case.path_parameters.items()]
    if not ids or not chosen(case.id):
        return
    # Only the latest rollback of a project can be undone.
    known = ids[-1 if operation_id(case) == "undoRollback" else chosen(case.id, len(ids)) // (1 + chosen(case.id, 2))]
    case.path_parameters = {name: known.get(name, value) for name, value in case.path_parameters.items()}
    if isinstance(case.body, dict):
        case.body = {name: known.get(name, value) for name, value in case.body.items()}


def spare_demo(case):
    """The project of the demo stays, with its functions, so that there is always one that can be rolled back."""
    if case.path_parameters.get("projectId") != "test":
        return
    if operation_id(case) == "deleteProject":
        case.path_parameters = {"projectId": "test-2"}
    if operation_id(case) == "changeProject" and isinstance(case.body, dict):
        case.body = {name: value for name, value in case.body.items() if name not in TARGETS}


def note(case, response):
    """Remembers what can be asked about what was answered."""
    if not 200 <= response.status_code < 300 or not response.content:
        return
    path, answer, operation = case.path_parameters, response.json(), operation_id(case)
    if operation == "registerDeployment" and answer["status"] == "deployed":
        seen["rollBack"].append({**path, "targetDeploymentId": answer["deploymentId"]})
        seen["promoteDeployment"].append({**path, "deploymentId": answer["deploymentId"]})
    elif operation == "registerDeployment" and answer["status"] == "building":
        seen["finishDeployment"].append({**path, "deploymentId": answer["deploymentId"]})
    elif operation == "rollBack" and "operationId" in answer:
        seen["undoRollback"].append(dict(path))
        seen["getOperation"].append({**path, "operationId": answer["operationId"]})
    elif operation == "createWebhook":
        ids = {**path, "webhookId": answer["webhookId"]}
        for each in ("changeWebhook", "rotateWebhookSecret", "listDeliveries", "deleteWebhook"):
            seen[each].append(ids)


def operation_id(case):
    return case.operation.definition.raw["operationId"]


def fresh_key(case):
    key = (case.headers or {}).get("idempotency-key")
    if key is None:
        return
    request = repr((case.method, case.formatted_path, case.body))
    if keys.setdefault(key, request) != request and chosen(request):
        case.headers["idempotency-key"] = f'"fuzz-{len(keys)}"'
        keys[case.headers["idempotency-key"]] = request


def given_cursor(case):
    if case.query and "cursor" in case.query and chosen(case.query["cursor"]):
        known = cursors.get(case.formatted_path)
        if known is None:
            del case.query["cursor"]
        else:
            case.query["cursor"] = known


@schemathesis.hook
def after_call(context, case, response):
    answers[case.operation.label][kind(response)] += 1
    for cursor in response.headers.get("x-next-cursor", []):
        cursors[case.formatted_path] = cursor
    if "application/json" in response.headers.get("content-type", [""])[0]:
        note(case, response)


def kind(response):
    """The status, and for a problem its code."""
    problem = "application/problem+json" in response.headers.get("content-type", [])
    return f"{response.status_code} {response.json()['code']}" if problem else str(response.status_code)


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """Keeps every failure but a right refusal."""
    if not isinstance(failure, RejectedPositiveData):
        return True
    problem = response.json()
    if problem["code"] not in NO_SCHEMA_SAYS:
        return True
    fields = NO_SCHEMA_SAYS[problem["code"]]
    return fields is not None and not {error["field"] for error in problem["errors"]} <= fields


prepare()


@atexit.register
def write_tally():
    with open(TALLY, "w") as file:
        json.dump({label: dict(counts) for label, counts in sorted(answers.items())}, file)
