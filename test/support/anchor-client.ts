import { type Answer, exchange } from './http-exchange.ts';
import { waitUntil } from './wait-until.ts';

/** Where a running Anchor and its cloud are. */
export interface AnchorUrls {
  readonly url: string;
  readonly cloudUrl: string;
  readonly edgeUrl: string;
}

/** A domain, as far as the tests read it. */
export interface DomainBody {
  readonly domainId: string;
  readonly domain: string;
  readonly status: string;
  readonly statusMessage: string;
  readonly isActive: boolean;
  readonly certificateArn: string | null;
  readonly dnsInstructions: { readonly recordType: string; readonly recordName: string; readonly recordValue: string };
}

export interface DeploymentBody {
  readonly deploymentId: string;
  readonly version: string;
  readonly isRollback: boolean;
}

export interface Served {
  readonly status: number;
  readonly version: string | undefined;
  readonly deploymentId: string | undefined;
}

/** What a person does with curl: asks the API, sets DNS records, visits sites. Rejects on answers nobody expects. */
export class AnchorClient {
  readonly urls: AnchorUrls;

  constructor(urls: AnchorUrls) {
    this.urls = urls;
  }

  async ask(method: string, path: string, body?: unknown): Promise<Answer> {
    return exchange(this.urls.url + path, { method, ...(body === undefined ? {} : { body }) });
  }

  async read<T>(method: string, path: string, expected: readonly number[], body?: unknown): Promise<T> {
    const { status, text } = await this.ask(method, path, body);
    if (!expected.includes(status)) throw new Error(`${method} ${path} answered ${status}: ${text}`);
    return JSON.parse(text) as T;
  }

  async deployments(projectId = 'test'): Promise<DeploymentBody[]> {
    return this.read('GET', `/projects/${projectId}/deployments`, [200]);
  }

  /** The two builds of the demo, older first. */
  async builds(): Promise<[DeploymentBody, DeploymentBody]> {
    const builds = (await this.deployments()).filter(({ isRollback }) => !isRollback);
    const [older, newer] = ['v1', 'v2'].map((version) => builds.find((build) => build.version === version));
    if (!older || !newer) throw new Error(`the demo's builds are not there: ${JSON.stringify(builds)}`);
    return [older, newer];
  }

  async rollBack(targetDeploymentId: string): Promise<{ readonly deploymentId: string }> {
    return this.read('POST', '/projects/test/rollback', [200], { targetDeploymentId });
  }

  /** Answers when the record to set is known, which an answer that came early leaves open. */
  async addDomain(domain: string, projectId = 'test'): Promise<DomainBody> {
    const added = await this.read<DomainBody>('POST', `/projects/${projectId}/domains`, [200, 201], { domain });
    return waitUntil(`the record of ${domain} is named`, async () => {
      const now = await this.domain(added.domainId, projectId);
      return now?.dnsInstructions.recordName ? now : undefined;
    }, { describe: () => this.domain(added.domainId, projectId) });
  }

  async domain(domainId: string, projectId = 'test'): Promise<DomainBody | undefined> {
    const { status, text } = await this.ask('GET', `/projects/${projectId}/domains/${domainId}`);
    if (status === 404) return undefined;
    if (status !== 200) throw new Error(`reading ${domainId} answered ${status}: ${text}`);
    return JSON.parse(text) as DomainBody;
  }

  async setRecord({ dnsInstructions: { recordName, recordType, recordValue } }: DomainBody): Promise<void> {
    const { status, text } = await exchange(`${this.urls.cloudUrl}/_local/dns/records`, {
      method: 'PUT', body: { name: recordName, type: recordType, value: recordValue },
    });
    if (status !== 200) throw new Error(`setting ${recordName} answered ${status}: ${text}`);
  }

  async untilActive({ domainId, domain }: DomainBody, projectId = 'test'): Promise<DomainBody> {
    return waitUntil(`${domain} is active`, async () => {
      const now = await this.domain(domainId, projectId);
      if (!now) throw new Error(`${domain} is gone`);
      return now.isActive ? now : undefined;
    }, { describe: () => this.domain(domainId, projectId) });
  }

  /** Adds the name, sets the record it asks for and waits until it is active. */
  async bringLive(domain: string): Promise<DomainBody> {
    const added = await this.addDomain(domain);
    await this.setRecord(added);
    return this.untilActive(added);
  }

  async removeDomain(domainId: string): Promise<DomainBody> {
    return this.read('DELETE', `/projects/test/domains/${domainId}`, [202]);
  }

  async untilGone(domainId: string): Promise<void> {
    await waitUntil(`${domainId} is gone`, async () => (
      await this.domain(domainId) === undefined ? true : undefined
    ), { describe: () => this.domain(domainId) });
  }

  /** What a viewer of that name gets from the edge. */
  async visit(hostname: string): Promise<Served> {
    const { status, headers, text } = await exchange(`${this.urls.edgeUrl}/`, { headers: { host: hostname } });
    const version = headers['x-amz-executed-version'];
    return {
      status, version: typeof version === 'string' ? version : undefined,
      deploymentId: /dep_[0-9a-zA-Z-]+/.exec(text)?.[0],
    };
  }
}
