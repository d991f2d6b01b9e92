import { toCloudError } from '../aws/aws-error.ts';

/** Makes one call; what the SDK throws leaves as a `CloudError`. `operation` is the API's own name. */
export async function dynamoCall<R>(operation: string, send: () => Promise<R>): Promise<R> {
  try {
    return await send();
  } catch (error) {
    throw toCloudError(error, 'dynamodb', operation);
  }
}
