/**
 * An error whose message says, in a sentence, what is wrong and what to do about it. Commands print the message alone;
 * any other error is a defect, and is printed with its stack trace.
 */
export class UserError extends Error {
  override readonly name: string = 'UserError';
  /** The exit code of a command that ends with this error. */
  readonly exitCode: number = 1;
}
