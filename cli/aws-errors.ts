/** The SDK's error of a call that AWS answered. */
interface ServiceError extends Error {
  readonly $fault: 'client' | 'server';
}

const isServiceError = (error: Error): error is ServiceError => '$fault' in error;

/** Codes of Node's network errors. */
const NETWORK_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
]);

/**
 * A sentence for an error of AWS or of its SDK that has its cause in the user's configuration, permissions or network.
 * The SDK has no class or code for a missing region, only its text.
 * @returns undefined for any other error
 */
export const explainAwsError = (error: unknown): string | undefined => {
  if (!(error instanceof Error)) return undefined;
  if (/^Region (is missing|not accepted)/.test(error.message)) {
    return `No AWS region: set AWS_REGION, or AWS_PROFILE to a profile that has one; --local uses the local stack. (${error.message})`;
  }
  if (/^(Credentials|Token)ProviderError$/.test(error.name)) {
    return `No AWS credentials: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; --local uses the local stack. (${error.message})`;
  }
  if (isServiceError(error)) return `AWS refused the call: ${error.name}: ${error.message}`;
  if ('code' in error && NETWORK_CODES.has(String(error.code))) {
    return `AWS cannot be reached: check AWS_REGION and the network. (${error.message})`;
  }
  return undefined;
};
