// The main job, done with the Go client that openapi-generator makes of openapi.yaml.
//
// Needs ANCHOR_URL, ANCHOR_TOKEN, and of the local cloud CLOUD_URL and EDGE_URL. Ends with an error when anything is
// not as it should be.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"time"

	"example.com/client/anchor"
)

const host = "www.go-client.example"

type job struct {
	ctx     context.Context
	client  *anchor.APIClient
	project *anchor.Project
	older   string
	newer   string
}

func main() {
	configuration := anchor.NewConfiguration()
	configuration.Servers = anchor.ServerConfigurations{{URL: os.Getenv("ANCHOR_URL")}}
	ctx := context.WithValue(context.Background(), anchor.ContextAccessToken, os.Getenv("ANCHOR_TOKEN"))
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	j := &job{ctx: ctx, client: anchor.NewAPIClient(configuration)}
	for _, step := range []func(){
		j.createProject, j.registerBuilds, j.rollBack, j.pageThrough, j.readErrors, j.undo, j.serveDomain,
	} {
		step()
	}
	fmt.Println("ok: the Go client did the main job")
}

// Beside the demo of the local cloud, on its functions and its distribution.
func (j *job) createProject() {
	demo := done(j.client.ProjectsAPI.GetProject(j.ctx, "test").Execute())
	input := anchor.NewProjectInput("Go client")
	input.SetServerFunctionName(demo.Effective.GetServerFunctionName())
	input.SetImageFunctionName(demo.Effective.GetImageFunctionName())
	input.SetDistributionId(demo.Effective.GetDistributionId())
	input.SetDistributionDomain(demo.Effective.GetDistributionDomain())
	j.project = done(j.client.ProjectsAPI.CreateProject(j.ctx).ProjectInput(*input).Execute())
	must(j.project.OnDomainDrift == anchor.DOMAINDRIFTHANDLING_REPAIR, "others are not allowed to take domains off")
	must(time.Since(time.UnixMilli(j.project.CreatedAt)).Abs() < time.Hour, "it was created now")
}

func (j *job) registerBuilds() {
	demo := map[string]anchor.Deployment{}
	for _, each := range done(j.client.DeploymentsAPI.ListDeployments(j.ctx, "test").Execute()) {
		if !each.IsRollback {
			demo[each.Version] = each
		}
	}
	register := func(version string, promote bool) string {
		build := anchor.NewDeploymentInput("3f9c1a7", "main", version, anchor.DEPLOYMENTSTATUS_DEPLOYED)
		from := demo[version]
		build.SetLambdaServerVersionArn(from.GetLambdaServerVersionArn())
		build.SetLambdaImageVersionArn(from.GetLambdaImageVersionArn())
		build.SetPromote(promote)
		request := j.client.DeploymentsAPI.RegisterDeployment(j.ctx, j.project.ProjectId).DeploymentInput(*build).
			IdempotencyKey(j.project.ProjectId + version)
		first := done(request.Execute())
		again, response, err := request.Execute()
		check(err)
		must(again.DeploymentId == first.DeploymentId, "sent again with the same key, it is not done again")
		must(response.Header.Get("idempotency-replayed") == "true", "and the answer says so")
		return first.DeploymentId
	}
	j.older, j.newer = register("v1", false), register("v2", true)
	must(j.liveVersion() == "2", "the promoted build is live")
}

func (j *job) rollBack() {
	request := anchor.NewRollbackRequest(j.older)
	request.SetReason("checkout fails")
	answer := done(j.client.RollbackAPI.RollBack(j.ctx, j.project.ProjectId).RollbackRequest(*request).Execute())
	result := answer.RollbackResult
	must(result != nil && answer.RollbackDryRun == nil, "it was done")
	must(result.RolledBackTo == j.older && result.NewAliasVersion == "1", "the older build is live")
	must(j.liveVersion() == "1", "visitors get the older build")
	operation := done(j.client.OperationsAPI.GetOperation(j.ctx, j.project.ProjectId, result.OperationId).Execute())
	must(operation.Kind == anchor.OPERATIONKIND_ROLLBACK, "the operation is a rollback")
	must(operation.State == anchor.OPERATIONSTATE_SUCCEEDED, "the operation has succeeded")
	events := done(j.client.EventsAPI.ListEvents(j.ctx, j.project.ProjectId).Execute())
	must(slices.ContainsFunc(events, func(event anchor.Event) bool {
		succeeded := event.OperationSucceededEvent
		return succeeded != nil && succeeded.Data.OperationId == result.OperationId
	}), "there is an event of it")
}

func (j *job) pageThrough() {
	var found []string
	request := j.client.DeploymentsAPI.ListDeployments(j.ctx, j.project.ProjectId)
	for next := request.Limit(1); ; {
		page, response, err := next.Execute()
		check(err)
		must(len(page) == 1, "a page has one deployment")
		found = append(found, page[0].DeploymentId)
		cursor := response.Header.Get("x-next-cursor")
		if cursor == "" {
			break
		}
		next = next.Cursor(cursor)
	}
	var all []string
	for _, each := range done(request.Execute()) {
		all = append(all, each.DeploymentId)
	}
	must(len(found) == 3 && slices.Equal(found, all), "two builds and the record of the rollback")
}

func (j *job) readErrors() {
	promote := anchor.NewPromoteRequest(j.newer)
	_, _, err := j.client.RollbackAPI.PromoteDeployment(j.ctx, j.project.ProjectId).PromoteRequest(*promote).Execute()
	problem := problemOf(err)
	must(problem.Status == 409 && problem.Code == anchor.PROBLEMCODE_PROJECT_PINNED, "a pinned project is not changed")
	_, _, err = j.client.DeploymentsAPI.GetDeployment(j.ctx, j.project.ProjectId, "dep_none").Execute()
	problem = problemOf(err)
	must(problem.Status == 404 && problem.Code == anchor.PROBLEMCODE_DEPLOYMENT_NOT_FOUND, "it does not exist")
}

func (j *job) undo() {
	// The body may be left out, but this client sends null then.
	request := j.client.RollbackAPI.UndoRollback(j.ctx, j.project.ProjectId).UndoRequest(*anchor.NewUndoRequest())
	undone := done(request.Execute())
	must(undone.NewAliasVersion == "2" && j.liveVersion() == "2", "the newer build is live again")
	live := done(j.client.LiveAPI.GetLive(j.ctx, j.project.ProjectId).Execute())
	must(live.Pin.Get() == nil && live.GetAgrees(), "the pin of the rollback is lifted")
}

func (j *job) serveDomain() {
	api := j.client.DomainsAPI
	input := anchor.NewDomainInput(host)
	domain := done(api.AddDomain(j.ctx, j.project.ProjectId).DomainInput(*input).Execute())
	must(domain.Status == anchor.DOMAINSTATUS_PENDING_VALIDATION, domain.StatusMessage)
	record := domain.DnsInstructions
	setRecord(map[string]string{
		"name": record.GetRecordName(), "type": record.RecordType, "value": record.GetRecordValue(),
	})
	for end := time.Now().Add(time.Minute); domain.Status != anchor.DOMAINSTATUS_ACTIVE; {
		must(time.Now().Before(end), domain.StatusMessage)
		time.Sleep(500 * time.Millisecond)
		domain = done(api.GetDomain(j.ctx, j.project.ProjectId, domain.DomainId).Execute())
	}
	domains := done(api.ListDomains(j.ctx, j.project.ProjectId).Execute())
	must(len(domains) == 1 && domains[0].Domain == host, "the domain is listed")
	must(visit(host) == "2", "the domain is served")
	removed := done(api.RemoveDomain(j.ctx, j.project.ProjectId, domain.DomainId).Execute())
	must(removed.Status == anchor.DOMAINSTATUS_DELETING, "the domain is deleted")
}

// By the alias, and as a visitor is answered.
func (j *job) liveVersion() string {
	live := done(j.client.LiveAPI.GetLive(j.ctx, j.project.ProjectId).Execute())
	server := live.Server.Get()
	must(server != nil && server.GetVersion() == visit(j.project.Effective.GetDistributionDomain()), "visitors get it")
	return server.GetVersion()
}

func problemOf(err error) anchor.Problem {
	var refused *anchor.GenericOpenAPIError
	must(errors.As(err, &refused), "it is refused")
	problem, ok := refused.Model().(anchor.Problem)
	must(ok, "the error has a type")
	return problem
}

// Which version of the server function answers.
func visit(host string) string {
	request, err := http.NewRequest(http.MethodGet, os.Getenv("EDGE_URL"), nil)
	check(err)
	request.Host = host
	response, err := http.DefaultClient.Do(request)
	check(err)
	defer response.Body.Close()
	var answer struct{ ExecutedVersion string }
	check(json.NewDecoder(response.Body).Decode(&answer))
	return answer.ExecutedVersion
}

// What would be done at a DNS provider.
func setRecord(record map[string]string) {
	body, err := json.Marshal(record)
	check(err)
	request, err := http.NewRequest(http.MethodPut, os.Getenv("CLOUD_URL")+"/_local/dns/records", bytes.NewReader(body))
	check(err)
	request.Header.Set("content-type", "application/json")
	response, err := http.DefaultClient.Do(request)
	check(err)
	defer response.Body.Close()
	must(response.StatusCode == http.StatusOK, "the record is set")
}

func done[T any](answer T, _ *http.Response, err error) T {
	check(err)
	return answer
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func must(holds bool, what string) {
	if !holds {
		panic("not so: " + what)
	}
}
