const HINT = '; a plus sign in a query must be written %2B';

/**
 * A hint for the message about an invalid parameter of a query: text with a space often had a plus sign, which means a
 * space in a query unless it is encoded. Source: URL Standard, "application/x-www-form-urlencoded parsing".
 */
export const plusHint = (text: string): string => (text.trim().includes(' ') ? HINT : '');

/** Like {@link plusHint}, for text that begins with a plus sign and may contain spaces. */
export const leadingPlusHint = (text: string): string =>
  text.startsWith(' ') && !text.includes('+') ? HINT : '';
