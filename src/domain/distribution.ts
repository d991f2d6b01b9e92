export interface DistributionState {
  readonly distributionId: string;
  readonly etag: string;
  /** e.g. `d111111abcdef8.cloudfront.net`: where names are pointed at. */
  readonly domainName: string;
  readonly aliases: readonly string[];
  readonly viewerCertificate: ViewerCertificate;
  /** False while CloudFront still rolls the last change out. */
  readonly deployed: boolean;
  /** The configuration as read, opaque to everybody but the adapter. */
  readonly config: unknown;
}

export type ViewerCertificate =
  | { readonly kind: 'default' }
  /** Served with SNI and a current minimum protocol version. */
  | { readonly kind: 'acm'; readonly certificateArn: string }
  /** Anything else, as read; can only be put back as it was. */
  | { readonly kind: 'other'; readonly settings: unknown };

export interface DistributionChange {
  readonly aliases: readonly string[];
  readonly viewerCertificate: ViewerCertificate;
}
