/** Thrown when the deadline passes before a call succeeds; `cause` is the last failure. Transient. */
export class OutOfTimeError extends Error {
  override readonly name = 'OutOfTimeError';
}
