import { CloudFormationServiceException } from '@aws-sdk/client-cloudformation';
import { InvalidArgumentError } from 'commander';
import { createProgram, execute, text } from '#cli/main.ts';
import { UserError } from '#cli/user-error.ts';

/** Runs a command whose action fails. @returns its exit code, and what it printed */
const failWith = async (error: Error) => {
  const printed: unknown[] = [];
  const program = createProgram('npm run test', 'A test.').action(() => Promise.reject(error));
  const code = await execute(program, [], (what) => printed.push(what));
  return { code, printed };
};

afterEach(() => {
  delete process.env['DEBUG'];
});

describe('a command that fails', () => {
  it('prints the sentence for its user, and ends with its exit code', async () => {
    class Special extends UserError {
      override readonly exitCode = 7;
    }

    const failure = await failWith(new Special('Do it otherwise.'));

    expect(failure).toEqual({ code: 7, printed: ['Do it otherwise.'] });
  });

  it("prints AWS's own name and sentence for a refusal", async () => {
    const failure = await failWith(
      new CloudFormationServiceException({
        name: 'AccessDenied',
        message: 'User x is not authorized to perform: cloudformation:DescribeStacks',
        $fault: 'client',
        $metadata: {},
      }),
    );

    expect(failure).toEqual({
      code: 1,
      printed: [
        'AWS refused the call: AccessDenied: User x is not authorized to perform: cloudformation:DescribeStacks',
      ],
    });
  });

  it('prints any other error whole, since it is a defect', async () => {
    const defect = new TypeError('x is not a function');

    expect(await failWith(defect)).toEqual({ code: 1, printed: [defect] });
  });

  it('prints every error whole with DEBUG=1', async () => {
    process.env['DEBUG'] = '1';
    const error = new UserError('Do it otherwise.');

    expect(await failWith(error)).toEqual({ code: 1, printed: [error] });
  });
});

describe('the text of an option', () => {
  it('loses the white space around it', () => {
    expect(text(' acme corp ')).toBe('acme corp');
  });

  it.each([
    ['', 'blank'],
    [' \t', 'blank'],
    ['a'.repeat(201), '200 characters'],
    ['-x', 'looks like an option'],
    ['--local', 'looks like an option'],
    ['ac\nme', 'control characters'],
  ])('is refused: %j', (value, cause) => {
    expect(() => text(value)).toThrow(InvalidArgumentError);
    expect(() => text(value)).toThrow(cause);
  });
});
