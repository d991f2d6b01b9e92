import type { Certificate } from '../domain/certificate.ts';

/** ACM in us-east-1, the only region CloudFront takes certificates from. Every method may throw `CloudError`. */
export interface Certificates {
  /** Asks for a DNS-validated certificate. The same token within the hour answers the same ARN. */
  request(request: CertificateRequest): Promise<string>;
  /** Undefined when ACM has no such certificate. */
  describe(certificateArn: string): Promise<Certificate | undefined>;
  /**
   * The certificate that carries this request's tag, for a retry after the token's hour has passed
   * or when the answer to `request` was never seen.
   */
  findByToken(request: Pick<CertificateRequest, 'names' | 'token'>): Promise<string | undefined>;
  /**
   * One page of the certificates that wait for their validation, of every key type, 1,000 at most. Only
   * all pages together tell that a certificate is not among them; each page alone tells of those on it.
   */
  listPending(cursor?: string): Promise<PendingPage>;
  /** `in_use`: CloudFront has not let go of it yet; ask again later (up to 20 minutes after the last use). */
  remove(certificateArn: string): Promise<'removed' | 'absent' | 'in_use'>;
}

export interface CertificateRequest {
  /** The first is the subject, all are subject alternative names; lower case, punycode. */
  readonly names: readonly [string, ...string[]];
  /** 1 to 32 of `\w`; also written as the tag `anchor:request`. */
  readonly token: string;
  readonly projectId: string;
}

export interface PendingPage {
  readonly certificateArns: readonly string[];
  /** For the next page; undefined on the last. */
  readonly cursor: string | undefined;
}
