"""The main job, done with the Python client that openapi-generator makes of openapi.yaml.

Needs ANCHOR_URL, ANCHOR_TOKEN, and of the local cloud CLOUD_URL and EDGE_URL. Ends with an error when anything is not
as it should be.
"""

import json
import os
import time
import urllib.request
import uuid

import anchor

HOST = "www.python-client.example"


def main() -> None:
    configuration = anchor.Configuration(host=os.environ["ANCHOR_URL"], access_token=os.environ["ANCHOR_TOKEN"])
    with anchor.ApiClient(configuration) as client:
        project = create_project(client)
        older, newer = register_builds(client, project)
        roll_back(client, project, older, newer)
        page_through(client, project)
        read_errors(client, project, newer)
        undo(client, project, newer)
        serve_domain(client, project)


def create_project(client: anchor.ApiClient) -> anchor.Project:
    """Beside the demo of the local cloud, on its functions and its distribution."""
    demo = anchor.ProjectsApi(client).get_project("test").effective
    project = anchor.ProjectsApi(client).create_project(
        anchor.ProjectInput(
            name="Python client",
            server_function_name=demo.server_function_name,
            image_function_name=demo.image_function_name,
            distribution_id=demo.distribution_id,
            distribution_domain=demo.distribution_domain,
        )
    )
    assert project.on_domain_drift is anchor.DomainDriftHandling.REPAIR
    assert project.edge is None
    return project


def register_builds(client: anchor.ApiClient, project: anchor.Project) -> tuple[str, str]:
    deployments = anchor.DeploymentsApi(client)
    demo = {each.version: each for each in deployments.list_deployments("test") if not each.is_rollback}
    key = str(uuid.uuid4())
    ids = []
    for version, promote in (("v1", False), ("v2", True)):
        build = anchor.DeploymentInput(
            commit_sha="3f9c1a7",
            branch="main",
            version=version,
            status=anchor.DeploymentStatus.DEPLOYED,
            lambda_server_version_arn=demo[version].lambda_server_version_arn,
            lambda_image_version_arn=demo[version].lambda_image_version_arn,
            promote=promote,
        )
        first = deployments.register_deployment(project.project_id, build, idempotency_key=f"{key}-{version}")
        again = deployments.register_deployment(project.project_id, build, idempotency_key=f"{key}-{version}")
        assert again == first, "sent again with the same key, it is not done again"
        assert (first.promotion is not None) == promote
        ids.append(first.deployment_id)
    assert live_version(client, project) == "2"
    return ids[0], ids[1]


def roll_back(client: anchor.ApiClient, project: anchor.Project, older: str, newer: str) -> None:
    api = anchor.RollbackApi(client)
    check = api.roll_back(project.project_id, anchor.RollbackRequest(target_deployment_id=older, dry_run=True))
    assert isinstance(check.actual_instance, anchor.RollbackDryRun) and check.actual_instance.eligible
    answer = api.roll_back(
        project.project_id,
        anchor.RollbackRequest(target_deployment_id=older, reason="checkout fails"),
        idempotency_key=str(uuid.uuid4()),
    )
    done = answer.actual_instance
    assert isinstance(done, anchor.RollbackResult)
    assert (done.rolled_back_to, done.new_alias_version) == (older, "1")
    assert live_version(client, project) == "1"
    operation = anchor.OperationsApi(client).get_operation(project.project_id, done.operation_id)
    assert operation.kind is anchor.OperationKind.ROLLBACK
    assert operation.state is anchor.OperationState.SUCCEEDED
    assert all(step.outcome is anchor.StepOutcome.OK for step in operation.steps)
    succeeded = [
        event.actual_instance.data.new_version
        for event in anchor.EventsApi(client).list_events(project.project_id)
        if isinstance(event.actual_instance, anchor.OperationSucceededEvent)
    ]
    assert succeeded[0] == "1", succeeded


def page_through(client: anchor.ApiClient, project: anchor.Project) -> None:
    api = anchor.DeploymentsApi(client)
    found: list[str] = []
    cursor: str | None = None
    while True:
        page = api.list_deployments_with_http_info(project.project_id, limit=1, cursor=cursor)
        assert len(page.data) == 1
        found += [each.deployment_id for each in page.data]
        cursor = (page.headers or {}).get("x-next-cursor")
        if cursor is None:
            break
    assert found == [each.deployment_id for each in api.list_deployments(project.project_id)]
    assert len(found) == 3, "two builds and the record of the rollback"


def read_errors(client: anchor.ApiClient, project: anchor.Project, newer: str) -> None:
    api = anchor.RollbackApi(client)
    try:
        api.promote_deployment(project.project_id, anchor.PromoteRequest(deployment_id=newer))
    except anchor.ApiException as refused:
        problem = refused.data
        assert isinstance(problem, anchor.Problem)
        assert (refused.status, problem.code) == (409, anchor.ProblemCode.PROJECT_PINNED)
        assert "DELETE" in problem.detail
    else:
        raise AssertionError("a pinned project was changed")
    try:
        api.roll_back(project.project_id, anchor.RollbackRequest(target_deployment_id="dep_none"))
    except anchor.exceptions.NotFoundException as missing:
        assert isinstance(missing.data, anchor.Problem)
        assert missing.data.code is anchor.ProblemCode.DEPLOYMENT_NOT_FOUND
    else:
        raise AssertionError("a deployment was found that does not exist")


def undo(client: anchor.ApiClient, project: anchor.Project, newer: str) -> None:
    undone = anchor.RollbackApi(client).undo_rollback(project.project_id)
    assert undone.new_alias_version == "2"
    assert live_version(client, project) == "2"
    live = anchor.LiveApi(client).get_live(project.project_id)
    assert live.pin is None and live.agrees
    assert live.live is not None and live.live.deployment_id == newer


def serve_domain(client: anchor.ApiClient, project: anchor.Project) -> None:
    api = anchor.DomainsApi(client)
    added = api.add_domain(project.project_id, anchor.DomainInput(domain=HOST))
    assert added.status is anchor.DomainStatus.PENDING_VALIDATION, added.status_message
    record = added.dns_instructions
    set_record({"name": record.record_name, "type": record.record_type, "value": record.record_value})
    end = time.monotonic() + 60
    while (domain := api.get_domain(project.project_id, added.domain_id)).status is not anchor.DomainStatus.ACTIVE:
        assert time.monotonic() < end, domain.status_message
        time.sleep(0.5)
    assert [each.domain for each in api.list_domains(project.project_id)] == [HOST]
    assert visit(HOST)["executedVersion"] == "2"
    assert api.remove_domain(project.project_id, domain.domain_id).status is anchor.DomainStatus.DELETING


def live_version(client: anchor.ApiClient, project: anchor.Project) -> str:
    """By the aliases, and as a visitor is answered."""
    live = anchor.LiveApi(client).get_live(project.project_id)
    assert live.server is not None and live.server.version is not None
    visited = visit(project.effective.distribution_domain or "")
    assert visited["executedVersion"] == live.server.version
    return live.server.version


def visit(host: str) -> dict[str, str]:
    request = urllib.request.Request(os.environ["EDGE_URL"], headers={"host": host})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return dict(json.load(answer))


def set_record(record: dict[str, str | None]) -> None:
    """What would be done at a DNS provider."""
    request = urllib.request.Request(
        os.environ["CLOUD_URL"] + "/_local/dns/records",
        data=json.dumps(record).encode(),
        headers={"content-type": "application/json"},
        method="PUT",
    )
    urllib.request.urlopen(request, timeout=10).close()


if __name__ == "__main__":
    main()
    print("ok: the Python client did the main job")
