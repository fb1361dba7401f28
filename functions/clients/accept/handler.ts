import { budgetOf } from '#shared/aws/retry.ts';
import type { QueueSender } from '#shared/aws/sqs.ts';
import { type Accepted, MAX_MESSAGE_BYTES, packAccepted } from '#shared/clients/accepted.ts';
import { type ClientCall, callOf, clientMethodOf } from '#shared/clients/routes.ts';
import { methodsOf, pathOf } from '#shared/contract/paths.ts';
import type { ApiOperation, ApiRequest, ApiResponse } from '#shared/http/api.ts';
import { ApiError, badRequest, notFound } from '#shared/http/api-error.ts';
import { MAX_BODY_BYTES } from '#shared/http/json-body.ts';
import type { Clock } from '#shared/time/clock.ts';
import { type AdmitDeps, admit } from '../admit.ts';
import { parsedBody } from './body.ts';
import { type Intake, intakeOf } from './intake.ts';

/** The dependencies of {@link createAccept}. */
export interface AcceptDeps extends AdmitDeps {
  readonly queue: QueueSender<Accepted>;
  readonly now: Clock;
}

/** The time limit for sending to the queue, in ms. Clients wait 10 s or more. */
const SEND_MS = 8_000;

/** The answer to a request of no client and no operation. */
const unknownPath = ({ method, route, pathParameters, path }: ApiRequest): ApiError => {
  const clientMethod = clientMethodOf(path);
  const methods = clientMethod === undefined ? methodsOf(pathOf(route, pathParameters)) : [clientMethod];
  if (methods === undefined || methods.includes(method)) return notFound('Path not found');
  return new ApiError(405, 'method_not_allowed', `This path supports ${methods.join(', ')}`, {
    headers: { allow: methods.join(', ') },
  });
};

/** Customer.io's clients ask where their account is, and then use the address that they are told. */
const region = ({ headers }: ApiRequest): ApiResponse => ({
  statusCode: 200,
  body: { url: `https://${headers['host'] ?? ''}/api`, region: 'us', environment_id: 0 },
});

/** Characters that SQS refuses, and that JSON does not escape. Source: SQS API Reference, "SendMessage". */
const NOT_IN_SQS = /[\uFFFE\uFFFF]/g;

const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16)}`;

/**
 * The size of all messages of a request, in bytes: that of the largest body, and as much again for the context of a batch, which
 * each of its messages has.
 */
const MAX_TOGETHER_BYTES = 4 * MAX_BODY_BYTES;

/** JSON texts of messages. @throws ApiError 400 if one is too large to be queued, or all are together */
const textsOf = ({ messages }: Intake): readonly string[] => {
  let together = 0;
  return messages.map((message, nth) => {
    const text = JSON.stringify(message).replaceAll(NOT_IN_SQS, escaped);
    const bytes = Buffer.byteLength(text);
    if (bytes > MAX_MESSAGE_BYTES) {
      const which = messages.length === 1 ? 'The message' : `Message ${nth}`;
      throw badRequest(`${which} has more than ${MAX_MESSAGE_BYTES} bytes; nothing was accepted`);
    }
    together += bytes;
    if (together > MAX_TOGETHER_BYTES) {
      const rule = `The messages, each with the context of the batch, have more than ${MAX_TOGETHER_BYTES} bytes`;
      throw badRequest(`${rule}; nothing was accepted`);
    }
    return text;
  });
};

const isStrict = ({ headers, query }: ApiRequest): boolean =>
  headers['x-strict-mode'] === '1' || query['strict'] === '1';

/**
 * Takes in the messages of vendors' clients: it answers when they are in a queue that does not lose them. Their rules are tried
 * later, unless the request asks for it; messages that break one are then in the receipt of their import.
 */
export const createAccept = (deps: AcceptDeps): ApiOperation => {
  const { queue, now } = deps;
  const take = async (
    request: ApiRequest,
    call: Exclude<ClientCall, { api: 'region' }>,
    body: Record<string, unknown>,
    orgId: string,
  ): Promise<ApiResponse> => {
    const receivedAt = now();
    const intake = intakeOf(call, request.method, body, { receivedAt, isStrict: isStrict(request) });
    const { small, large } = packAccepted({ orgId, format: intake.format, receivedAt }, textsOf(intake));
    const budget = budgetOf(SEND_MS, now);
    if (small.length > 0) await queue.sendAll(small, budget);
    for (const record of large) await queue.sendAll([record], budget);
    return intake.answer;
  };

  return async (request) => {
    const call = callOf(request.method, request.path);
    if (call === undefined) throw unknownPath(request);
    let parsed: Record<string, unknown> | undefined;
    const body = () => (parsed ??= parsedBody(request, call.api === 'track-v1'));
    const orgId = await admit(deps, request, body);
    return call.api === 'region' ? region(request) : take(request, call, body(), orgId);
  };
};
