/**
 * The value of an organisation's key in API Gateway's usage plan. It only groups requests for throttling: API Gateway
 * takes it from the authorizer, never from a header, so knowing it grants nothing. API Gateway requires at least 20
 * characters.
 */
export const usageValueOf = (orgId: string): string => `usage-of-organisation-${orgId}`;
