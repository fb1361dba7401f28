/**
 * Thrown when some items of a message failed; the message is retried. `errors` has one error per failed item: the
 * failure is permanent if all of them are (see `isPermanentFailure`). `cause` is the first.
 */
export class PartlyFailedError extends AggregateError {
  override readonly name: string = 'PartlyFailedError';

  /**
   * @param failed - the causes by item; not empty
   * @param total - the number of items of the message
   * @param noun - the plural of what the items are
   */
  constructor(failed: ReadonlyMap<unknown, unknown>, total: number, noun: string) {
    const [cause] = failed.values();
    const name = cause instanceof Error ? cause.name : 'unknown';
    super(failed.values(), `${failed.size} of ${total} ${noun}: ${name}`, { cause });
  }
}
