import { Type } from 'typebox';
import { BODY_PROBLEMS, LOCATION, PAGE_HEADERS, answer, problems } from '../../answers.ts';
import { PageQuery } from '../../common-schemas.ts';
import { ref } from '../../component.ts';
import { pageBody } from '../../page-reply.ts';
import type { RouteDeps, RouteScope } from '../../route-scope.ts';
import { ProjectParams } from '../projects/schemas.ts';
import { DIAGNOSIS_EXAMPLE, DnsDiagnosis, diagnosisAnswer } from './diagnosis-schemas.ts';
import { CustomDomain, DOMAIN_EXAMPLE, DomainInput, DomainParams, domainAnswer } from './schemas.ts';

const tags = ['Domains'];

export function domainRoutes(app: RouteScope, { operations }: RouteDeps): void {
  app.post('/projects/:projectId/domains', {
    config: { grant: 'domains' },
    schema: {
      operationId: 'addDomain', tags, summary: 'Add a custom domain',
      description: 'Asks for a certificate and answers the two DNS records its owner has to add. Everything after that '
        + 'happens by itself. Asking again for the same name answers the existing domain. A name that another project held, or '
        + 'that belongs to a name another project holds, begins as `pending_ownership`, with a TXT record to add first; '
        + 'so does a name that another project holds now, with `takeOver`.',
      params: ProjectParams, body: ref(DomainInput),
      response: {
        200: answer('The project already has this domain.', ref(CustomDomain), DOMAIN_EXAMPLE, LOCATION),
        201: answer('The new domain.', ref(CustomDomain), DOMAIN_EXAMPLE, LOCATION),
        ...problems(...BODY_PROBLEMS, 'invalid_hostname', 'project_not_found', 'hostname_taken', 'domain_deleting',
          'distribution_not_configured', 'distribution_full', 'project_busy'),
      },
    },
  }, async (request, reply) => {
    const { projectId } = request.params;
    const { created, domain } = await operations.addDomain(projectId, request.body);
    return reply.code(created ? 201 : 200)
      .header('location', `/projects/${projectId}/domains/${domain.domainId}`)
      .send(domainAnswer(domain));
  });

  app.get('/projects/:projectId/domains', {
    config: { grant: 'viewer' },
    schema: {
      operationId: 'listDomains', tags, summary: 'List the domains of a project', description: 'Newest first.',
      params: ProjectParams, querystring: PageQuery,
      response: {
        200: answer('One page of domains.', Type.Array(ref(CustomDomain)), [DOMAIN_EXAMPLE], PAGE_HEADERS),
        ...problems('invalid_request', 'project_not_found'),
      },
    },
  }, async (request, reply) => {
    const page = await operations.listDomains(request.params.projectId, request.query);
    return pageBody(request.url, reply, page, domainAnswer);
  });

  app.get('/projects/:projectId/domains/:domainId', {
    config: { grant: 'viewer' },
    schema: {
      operationId: 'getDomain', tags, summary: 'Read a domain',
      description: 'Looks at the certificate now, at most once every few seconds for one domain.',
      params: DomainParams,
      response: {
        200: answer('The domain.', ref(CustomDomain), DOMAIN_EXAMPLE),
        ...problems('project_not_found', 'domain_not_found'),
      },
    },
  }, async ({ params }) => domainAnswer(await operations.getDomain(params.projectId, params.domainId)));

  app.get('/projects/:projectId/domains/:domainId/dns', {
    config: { grant: 'viewer' },
    schema: {
      operationId: 'diagnoseDomain', tags, summary: 'Explain the DNS of a domain',
      description: 'Looks every record up now, at several resolvers: what should be there, what is, and what to do. '
        + 'Changes nothing, and answers within a few seconds whatever DNS does.',
      params: DomainParams,
      response: {
        200: answer('The DNS of the domain.', ref(DnsDiagnosis), DIAGNOSIS_EXAMPLE),
        ...problems('project_not_found', 'domain_not_found'),
      },
    },
  }, async ({ params }) => diagnosisAnswer(await operations.diagnoseDomain(params.projectId, params.domainId)));

  app.post('/projects/:projectId/domains/:domainId/verify', {
    config: { grant: 'domains' },
    schema: {
      operationId: 'verifyDomain', tags, summary: 'Look at a domain now, and let a failed one try again',
      description: 'Looks at the certificate, the distribution and DNS at once instead of at the next check, and answers as '
        + '`…/dns` does. A failed domain asks for a fresh certificate, or tries to join its distribution again. Once every '
        + 'few seconds for one domain.',
      params: DomainParams,
      response: {
        200: answer('The domain and its DNS now.', ref(DnsDiagnosis), DIAGNOSIS_EXAMPLE),
        ...problems('project_not_found', 'domain_not_found', 'project_busy', 'verify_too_soon'),
      },
    },
  }, async ({ params }) => diagnosisAnswer(await operations.verifyDomain(params.projectId, params.domainId)));

  app.delete('/projects/:projectId/domains/:domainId', {
    config: { grant: 'domains' },
    schema: {
      operationId: 'removeDomain', tags, summary: 'Delete a domain',
      description: 'The name leaves the distribution, then its certificate is deleted, then the domain is gone (404). '
        + 'Nothing is touched that Anchor did not create.',
      params: DomainParams,
      response: {
        202: answer('The domain is being deleted.', ref(CustomDomain), { ...DOMAIN_EXAMPLE, status: 'deleting' }),
        ...problems('project_not_found', 'domain_not_found'),
      },
    },
  }, async ({ params }, reply) =>
    reply.code(202).send(domainAnswer(await operations.removeDomain(params.projectId, params.domainId))));
}
