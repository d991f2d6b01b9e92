import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Evaluation, readTemplate, type Json, type JsonMap } from './cloudformation.ts';

const ROOT = join(import.meta.dirname, '../..');
export const readFromRoot = (file: string) => readFile(join(ROOT, file), 'utf8');

export const tablesText = await readFromRoot('infra/tables.yaml');
export const serviceText = await readFromRoot('infra/service.yaml');
export const tables = readTemplate(tablesText);
export const service = readTemplate(serviceText);

const DIGEST = `sha256:${'5'.repeat(64)}`;
/** What has to be given. */
export const GIVEN = {
  VpcId: 'vpc-1', VpcCidr: '10.0.0.0/16', LoadBalancerSubnetIds: 'subnet-1,subnet-2', TaskSubnetIds: 'subnet-3,subnet-4',
  ClientCidr: '0.0.0.0/0', DomainName: 'anchor.example.com', Image: `registry.example/anchor@${DIGEST}`,
  CertificateArn: 'arn:aws:acm:eu-central-1:123456789012:certificate/1',
  FunctionArns: 'arn:aws:lambda:eu-central-1:123456789012:function:shop-server,arn:aws:lambda:eu-central-1:123456789012:function:shop-image',
  DistributionArns: 'arn:aws:cloudfront::123456789012:distribution/E2QWRUHAPOMQZL',
};
export const OIDC = {
  AuthMode: 'oidc', OidcIssuer: 'https://id.example', OidcAudience: 'anchor', OidcJwksUrl: 'https://id.example/keys',
};

/** The service with no more than that. */
export const usual = new Evaluation(service, GIVEN);
export const list = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? value as readonly Json[] : [value ?? null]);
export const strings = (value: Json | undefined) => list(value) as readonly string[];
export const map = (value: Json | undefined) => value as JsonMap;

export interface Container {
  readonly definition: JsonMap;
  readonly env: Readonly<Record<string, string>>;
  /** Their names. */
  readonly secrets: readonly string[];
}

export function containerOf(evaluation: Evaluation): Container {
  const definition = map(list(evaluation.properties('TaskDefinition')['ContainerDefinitions'])[0]);
  const named = list(definition['Environment']).map((each) => [map(each)['Name'], map(each)['Value']] as const);
  return {
    definition, env: Object.fromEntries(named) as Record<string, string>,
    secrets: definition['Secrets'] === undefined ? [] : list(definition['Secrets']).map((each) => map(each)['Name'] as string),
  };
}

export interface Statement {
  readonly Sid: string; readonly Effect: string; readonly Action: Json; readonly Resource: Json;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

export function statementsOf(evaluation: Evaluation, role: string): readonly Statement[] {
  return list(evaluation.properties(role)['Policies'])
    .flatMap((policy) => list(map(map(policy)['PolicyDocument'])['Statement'])) as unknown as readonly Statement[];
}

/** One `action resource` a line. */
export const allowed = (statements: readonly Statement[]) =>
  statements.flatMap(({ Action, Resource }) => strings(Action).flatMap((action) => strings(Resource).map((each) => `${action} ${each}`)));
