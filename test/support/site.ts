import type { LocalCloud } from '../../src/local-cloud/local-cloud.ts';
import { exchange } from './http-exchange.ts';

/** A project with functions of its own, each with three versions, and a deployment of each. */
export interface Site {
  readonly projectId: string;
  readonly functionNames: readonly string[];
  readonly deploymentIds: readonly string[];
}

const BUILDS = [1, 2, 3] as const;

export async function createSite(url: string, { lambda }: LocalCloud, name: string): Promise<Site> {
  const functionNames = [`${name}-server`, `${name}-image`];
  for (const functionName of functionNames) {
    lambda.functions.create({
      name: functionName, role: 'arn:aws:iam::123456789012:role/site', runtime: 'nodejs22.x', handler: 'index.handler',
      code: { zip: new Uint8Array([0]) },
    });
    for (const build of BUILDS) {
      lambda.functions.updateConfiguration(functionName, { environment: { BUILD: String(build) } });
      lambda.functions.publish(functionName);
    }
    lambda.aliases.create(functionName, 'live', { version: '3' });
  }
  const [serverFunctionName, imageFunctionName] = functionNames;
  const { projectId } = await post<{ projectId: string }>(url, '/projects', { name, serverFunctionName, imageFunctionName });
  const deploymentIds: string[] = [];
  for (const build of BUILDS) {
    const [server, image] = functionNames.map((each) => `arn:aws:lambda:us-east-1:123456789012:function:${each}:${build}`);
    const { deploymentId } = await post<{ deploymentId: string }>(url, `/projects/${projectId}/deployments`, {
      commitSha: 'abcdef0', branch: 'main', version: `v${build}`, status: 'deployed',
      lambdaServerVersionArn: server, lambdaImageVersionArn: image,
    });
    deploymentIds.push(deploymentId);
  }
  return { projectId, functionNames, deploymentIds };
}

export async function post<T>(url: string, path: string, body: object): Promise<T> {
  const { status, text } = await exchange(url + path, { method: 'POST', body });
  if (status >= 300) throw new Error(`POST ${path} answered ${status}: ${text}`);
  return JSON.parse(text) as T;
}

export async function read<T>(url: string, path: string): Promise<T> {
  const { status, text } = await exchange(url + path);
  if (status !== 200) throw new Error(`GET ${path} answered ${status}: ${text}`);
  return JSON.parse(text) as T;
}

export async function readAll<T>(url: string, path: string): Promise<T[]> {
  const all: T[] = [];
  for (let next: string | undefined = `${path}?limit=100`; next !== undefined;) {
    const { status, text, headers } = await exchange(url + next);
    if (status !== 200) throw new Error(`GET ${next} answered ${status}: ${text}`);
    all.push(...JSON.parse(text) as T[]);
    const cursor: unknown = headers['x-next-cursor'];
    next = typeof cursor === 'string' ? `${path}?limit=100&cursor=${encodeURIComponent(cursor)}` : undefined;
  }
  return all;
}
