import type { ACMClient, CertificateDetail } from '@aws-sdk/client-acm';
import { DescribeCertificateCommand, ListCertificatesCommand } from '@aws-sdk/client-acm';
import type { DistributionConfig } from '@aws-sdk/client-cloudfront';
import { GetDistributionConfigCommand, ListDistributionsCommand } from '@aws-sdk/client-cloudfront';
import { GetAliasCommand } from '@aws-sdk/client-lambda';
import { type AwsClients, createAwsClients } from '../../src/adapters/aws/aws-clients.ts';

/** What AWS says, asked through the SDK's own clients, past the server. */
export class CloudView {
  readonly #clients: AwsClients;
  readonly #certificates = new Map<string, CertificateDetail>();

  constructor(cloudUrl: string) {
    this.#clients = createAwsClients({
      region: 'us-east-1', endpoint: cloudUrl, connectTimeoutMs: 5_000, requestTimeoutMs: 10_000, maxAttempts: 3,
    });
  }

  close(): void {
    this.#clients.destroy();
  }

  get acm(): ACMClient {
    return this.#clients.acm;
  }

  async aliasVersion(functionName: string): Promise<string | undefined> {
    const alias = await this.#clients.lambda.send(new GetAliasCommand({ FunctionName: functionName, Name: 'live' }));
    return alias.FunctionVersion;
  }

  /** The demo's distribution. */
  async distribution(): Promise<{ id: string; domainName: string }> {
    const { DistributionList } = await this.#clients.cloudFront.send(new ListDistributionsCommand({}));
    const [first] = DistributionList?.Items ?? [];
    if (first?.Id === undefined || first.DomainName === undefined) throw new Error('there is no distribution');
    return { id: first.Id, domainName: first.DomainName };
  }

  async distributionConfig(id: string): Promise<DistributionConfig> {
    const { DistributionConfig: config } = await this.#clients.cloudFront.send(new GetDistributionConfigCommand({ Id: id }));
    if (!config) throw new Error(`there is no distribution ${id}`);
    return config;
  }

  async aliases(id: string): Promise<string[]> {
    return [...(await this.distributionConfig(id)).Aliases?.Items ?? []].sort();
  }

  /** Every certificate of the account. */
  async certificateArns(): Promise<string[]> {
    const arns: string[] = [];
    let next: string | undefined;
    do {
      const page = await this.acm.send(new ListCertificatesCommand({ NextToken: next, MaxItems: 1_000 }));
      arns.push(...(page.CertificateSummaryList ?? []).map(({ CertificateArn }) => CertificateArn ?? ''));
      next = page.NextToken;
    } while (next !== undefined);
    return arns.sort();
  }

  /** A certificate's names never change, so each is asked for once. */
  async namesOf(certificateArn: string): Promise<readonly string[]> {
    const known = this.#certificates.get(certificateArn)
      ?? (await this.acm.send(new DescribeCertificateCommand({ CertificateArn: certificateArn }))).Certificate;
    if (!known) throw new Error(`there is no certificate ${certificateArn}`);
    this.#certificates.set(certificateArn, known);
    return known.SubjectAlternativeNames ?? [];
  }
}
