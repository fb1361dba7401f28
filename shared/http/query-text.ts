/**
 * A hint for the message about an invalid parameter of a query: text with a space often had a plus sign, which means a
 * space in a query unless it is encoded. Source: URL Standard, "application/x-www-form-urlencoded parsing".
 */
export const plusHint = (text: string): string =>
  text.trim().includes(' ') ? '; a plus sign in a query must be written %2B' : '';
