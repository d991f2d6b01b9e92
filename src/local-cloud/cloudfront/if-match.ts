import { CloudFrontError } from './cloudfront-error.ts';

/** Missing or no ETag at all: InvalidIfMatchVersion; an ETag of the past: PreconditionFailed. */
export function checkIfMatch({ etag }: { readonly etag: string }, ifMatch: string | undefined): void {
  if (ifMatch === undefined || !/^E[A-Z0-9]{8,}$/.test(ifMatch)) {
    throw new CloudFrontError('InvalidIfMatchVersion',
      'The If-Match version is missing or not valid for the resource.');
  }
  if (ifMatch !== etag) {
    throw new CloudFrontError('PreconditionFailed',
      'The request failed because it didn\'t meet the preconditions in one or more request-header fields.');
  }
}
