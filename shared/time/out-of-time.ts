/** Thrown when the time is up before a call went through; `cause` is the last failure. Transient. */
export class OutOfTimeError extends Error {
  override readonly name = 'OutOfTimeError';
}
