/** Who answers with an error: an operation of the contract, API Gateway itself, or the function for all other paths. */
export type ErrorSource = 'operation' | 'gateway' | 'clients';

/**
 * The complete body of an error, for `toEqual`: API Gateway and the function for all other paths add what vendors' clients read.
 * @param message - @default - any
 */
export const errorBody = (
  code: string,
  source: ErrorSource,
  message: unknown = expect.stringMatching(/\w/),
) => {
  const error = { code, message, requestId: expect.stringMatching(/\w{8}/) };
  if (source === 'operation') return { error };
  return {
    error,
    code,
    message,
    meta: { error: message, ...(source === 'clients' && { errors: [message] }) },
  };
};
