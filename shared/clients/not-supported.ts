/** The reason for a message that asks to erase a person. */
export const ERASING_NOT_SUPPORTED = 'Erasing contacts is not supported yet';

/** The reason for a message that asks to ignore a person from then on, or no longer. */
export const SUPPRESSING_NOT_SUPPORTED = 'Suppressing contacts is not supported yet';

/** The reason for a message that asks to delete a company. */
export const DELETING_COMPANIES_NOT_SUPPORTED = 'Deleting companies is not supported yet';

/**
 * The reasons of rejections that are not the client's fault: the message is valid, but this service cannot do what it asks
 * for. A request of such a message is answered 501, as 200 would promise an erasure that does not happen.
 */
export const NOT_SUPPORTED: ReadonlySet<string> = new Set([
  ERASING_NOT_SUPPORTED,
  SUPPRESSING_NOT_SUPPORTED,
  DELETING_COMPANIES_NOT_SUPPORTED,
]);
