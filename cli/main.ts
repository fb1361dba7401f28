import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { explainAwsError } from './aws-errors.ts';
import { UserError } from './user-error.ts';

/**
 * The frame of a command, `npm run …`. All that a command writes itself is its options and its action:
 *
 * ```ts
 * const program = createProgram('npm run greet', 'Greet an organisation.', ['npm run greet -- --org acme']);
 *
 * withOrganisation(program)
 *   .option('--words <text>', 'the greeting', text, 'Hello')
 *   .action(async ({ org, words, ...deployment }: OrganisationOptions & { words: string }) => {
 *     const output = await findDeployment(deployment);
 *     const keys = createKeyStore(createDynamoClient(), output(OUTPUT.keysTable));
 *     const organisation = await organisationNamed(keys, org);
 *     console.log(`${words}, ${organisation.id}`);
 *   });
 *
 * await runProgram(program);
 * ```
 *
 * - `program.command('list').description('…')` adds a sub-command, which has options and an action of its own.
 * - `new Option('--queue <name>').choices(NAMES)` accepts these names only, and lists them in the help and in the error.
 * - `--help`, suggestions for misspelt options and commands, and the refusal of missing and superfluous words are commander's.
 * - The action throws a {@link UserError} for what its user can fix, and lets AWS's errors pass.
 *
 * @param invocation - how the user calls it, without the `--` that separates npm's own options
 * @param description - what it is for, in a sentence
 * @param examples - complete command lines
 */
export const createProgram = (
  invocation: string,
  description: string,
  examples: readonly string[] = [],
): Command => {
  const program = new Command(`${invocation} --`)
    .description(description)
    .helpCommand(false)
    .exitOverride()
    .showHelpAfterError(`(${invocation} -- --help explains it)`);
  if (examples.length > 0) {
    program.addHelpText('after', `\nExamples:\n${examples.map((line) => `  ${line}`).join('\n')}`);
  }
  return program;
};

/** More than any name needs, and far less than a key of DynamoDB may have. */
const MAX_TEXT = 200;

/**
 * Parses the value of an option that is a text, such as a name or an id; surrounding white space is dropped.
 * @throws InvalidArgumentError if it is blank or long, has control characters, or begins with a hyphen: commander takes whatever
 *   follows an option as its value, so that is the next option, and the value was forgotten
 */
export const text = (value: string): string => {
  const trimmed = value.trim();
  if (trimmed === '') throw new InvalidArgumentError('It is blank.');
  if (trimmed.startsWith('-')) throw new InvalidArgumentError('It looks like an option, not like a value.');
  if (trimmed.length > MAX_TEXT) throw new InvalidArgumentError(`It has more than ${MAX_TEXT} characters.`);
  if (/\p{Cc}/u.test(trimmed)) throw new InvalidArgumentError('It contains control characters.');
  return trimmed;
};

/** The text to print for an error: a sentence if there is one, otherwise everything. With DEBUG=1 always everything. */
const textOf = (error: unknown): unknown => {
  if (process.env['DEBUG']) return error;
  return error instanceof UserError ? error.message : (explainAwsError(error) ?? error);
};

/**
 * Runs a command.
 * @param words - the words after the command's own name
 * @param print - prints an error
 * @returns the exit code: 0 for success and for `--help`, 2 for a command line that is wrong, so that nothing was done,
 *   and otherwise 1, or what the {@link UserError} says
 */
export const execute = async (
  program: Command,
  words: readonly string[],
  print: (error: unknown) => void = console.error,
): Promise<number> => {
  try {
    await program.parseAsync(words, { from: 'user' });
    return 0;
  } catch (error) {
    // commander has already printed the help or the error.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    print(textOf(error));
    return error instanceof UserError ? error.exitCode : 1;
  }
};

/** Runs a command with this process's words, and sets its exit code; see {@link execute}. */
export const runProgram = async (program: Command): Promise<void> => {
  process.exitCode = await execute(program, process.argv.slice(2));
};
