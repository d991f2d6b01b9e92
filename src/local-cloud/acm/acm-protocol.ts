import type { WireHandler, WireRequest, WireResponse } from '../wire.ts';
import { AcmError } from './acm-error.ts';
import {
  CERTIFICATE_TAGS, type CertificateInput, END_CERTIFICATE, type EndInput, LIST_CERTIFICATES,
  type ListCertificatesInput, ONE_CERTIFICATE, REQUEST_CERTIFICATE, type RequestCertificateInput, type TagsInput,
} from './acm-inputs.ts';
import { certificateDetail, certificateSummary } from './acm-output.ts';
import type { AcmState } from './acm-state.ts';
import { listCertificates } from './certificate-list.ts';
import { checkInput, type Shape } from './input-shape.ts';

const TARGET = 'CertificateManager.';
const LOCAL_PATH = '/_local/acm/certificates';

/**
 * ACM over AWS JSON 1.1: `POST /` with `x-amz-target: CertificateManager.<Operation>`.
 *
 * Local only, for tests of what cannot be brought about from outside:
 * `PUT /_local/acm/certificates` `{"certificateArn", "status", "failureReason"?}` ends a certificate at
 * once; status FAILED (with one of ACM's failure reasons, OTHER when left out), VALIDATION_TIMED_OUT,
 * EXPIRED, REVOKED or INACTIVE. Answers the certificate as DescribeCertificate does; errors as ACM's.
 */
export function acmHandler(state: AcmState): WireHandler {
  const operations = acmOperations(state);
  return async (request) => {
    if (request.method === 'PUT' && request.path === LOCAL_PATH) return answered(request, endOperation(state));
    const target = request.headers['x-amz-target'];
    if (request.method !== 'POST' || request.path !== '/' || !target?.startsWith(TARGET)) return undefined;
    return answered(request, operations.get(target.slice(TARGET.length)));
  };
}

type Operation = (input: unknown) => object | undefined;

function acmOperations(state: AcmState): ReadonlyMap<string, Operation> {
  return new Map([
    operation<RequestCertificateInput>('RequestCertificate', REQUEST_CERTIFICATE, (input) => (
      { CertificateArn: state.request(input) })),
    operation<CertificateInput>('DescribeCertificate', ONE_CERTIFICATE, (input) => (
      describe(state, input.CertificateArn))),
    operation<ListCertificatesInput>('ListCertificates', LIST_CERTIFICATES, (input) => list(state, input)),
    operation<CertificateInput>('DeleteCertificate', ONE_CERTIFICATE, (input) => state.remove(input.CertificateArn)),
    operation<CertificateInput>('ListTagsForCertificate', ONE_CERTIFICATE, (input) => (
      { Tags: state.tags(input.CertificateArn) })),
    operation<TagsInput>('AddTagsToCertificate', CERTIFICATE_TAGS, (input) => (
      state.addTags(input.CertificateArn, input.Tags))),
    operation<TagsInput>('RemoveTagsFromCertificate', CERTIFICATE_TAGS, (input) => (
      state.removeTags(input.CertificateArn, input.Tags))),
  ]);
}

function endOperation(state: AcmState): Operation {
  const [, run] = operation<EndInput>('end', END_CERTIFICATE, (input) => {
    state.end(input);
    return describe(state, input.certificateArn);
  });
  return run;
}

function describe(state: AcmState, certificateArn: string): object {
  return { Certificate: certificateDetail(state.view(certificateArn)) };
}

/** The shape is what makes an input of this type out of whatever was sent. */
function operation<T>(name: string, shape: Shape, run: (input: T) => object | void): [string, Operation] {
  return [name, (input) => {
    checkInput(shape, input);
    return run(input as T) ?? undefined;
  }];
}

function list(state: AcmState, input: ListCertificatesInput): object {
  const { certificates, nextToken } = listCertificates(state.all(), input);
  return {
    CertificateSummaryList: certificates.map((found) => certificateSummary(found, state.usersOf(found.arn))),
    NextToken: nextToken,
  };
}

function answered(request: WireRequest, run: Operation | undefined): WireResponse {
  try {
    if (!run) throw new AcmError('UnknownOperationException', 'The local cloud does not have this operation.');
    return response(200, run(parsed(request.body)));
  } catch (error) {
    if (!(error instanceof AcmError)) throw error;
    return response(400, { __type: error.type, message: error.message }, { 'x-amzn-errortype': error.type });
  }
}

function parsed(body: Uint8Array): unknown {
  try {
    return body.length === 0 ? {} : JSON.parse(new TextDecoder().decode(body));
  } catch {
    throw new AcmError('SerializationException', 'The body is not JSON.');
  }
}

function response(
  status: number, body: object | undefined, headers: Readonly<Record<string, string>> = {},
): WireResponse {
  return {
    status,
    headers: { 'content-type': 'application/x-amz-json-1.1', ...headers },
    body: new TextEncoder().encode(body === undefined ? '' : JSON.stringify(body)),
  };
}
