/**
 * The value of an organisation's key in API Gateway's usage plan. It only says whose requests are counted together:
 * the API takes it from the authorizer, never from a header, so knowing it opens nothing.
 * API Gateway wants at least 20 characters.
 */
export const usageValueOf = (orgId: string): string => `usage-of-organisation-${orgId}`;
