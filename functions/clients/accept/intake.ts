import type { Format } from '#shared/clients/accepted.ts';
import { ACCEPTED, type TrackError } from '#shared/clients/answers.ts';
import type { Rejection } from '#shared/clients/checked.ts';
import { translateOperation } from '#shared/clients/customer-io/translate.ts';
import { operationOfV1 } from '#shared/clients/customer-io/v1-request.ts';
import { operationsOfV2 } from '#shared/clients/customer-io/v2-request.ts';
import { NOT_SUPPORTED } from '#shared/clients/not-supported.ts';
import type { ClientCall } from '#shared/clients/routes.ts';
import { messagesOfRequest } from '#shared/clients/segment/request.ts';
import { translateSegment } from '#shared/clients/segment/translate.ts';
import { ApiError, badRequest, notFound } from '#shared/http/api-error.ts';
import type { Translation } from '#shared/imports/history-message.ts';

/** What a request asks to take in, and the answer once that is done. */
export interface Intake {
  readonly format: Format;
  /** The messages to take in, in their format. */
  readonly messages: readonly unknown[];
  readonly answer: { readonly statusCode: 200 | 207; readonly body: object };
}

/** The circumstances of a request. */
export interface IntakeContext {
  /** ms since 1970. */
  readonly receivedAt: number;
  /** Whether the rules are tried before the answer, so that the first one that is broken refuses the request. */
  readonly isStrict: boolean;
}

const rejectedOf = (translations: readonly Translation[]): Rejection | undefined =>
  translations.find((each): each is Rejection => each.kind === 'rejected');

/**
 * The error of a refused request.
 * @param where - a prefix that says which message of a batch is meant
 */
const refusal = ({ reason }: Pick<Rejection, 'reason'>, where = ''): ApiError => {
  const message = `${where}${reason}`;
  return NOT_SUPPORTED.has(reason) ? new ApiError(501, 'not_implemented', message) : badRequest(message);
};

/**
 * The messages of a Segment-shaped request.
 * @throws ApiError 400 if the request is malformed or, if it is strict, a message breaks a rule
 */
const segmentIntake = (
  call: Extract<ClientCall, { api: 'segment' }>['call'],
  body: Record<string, unknown>,
  { receivedAt, isStrict }: IntakeContext,
): Intake => {
  const request = messagesOfRequest(call, body);
  if (request.kind === 'rejected') throw refusal(request);
  const { messages } = request;
  if (isStrict) {
    for (const [nth, message] of messages.entries()) {
      const translation = translateSegment(message, { receivedAt });
      if (translation.kind === 'message') continue;
      throw refusal(translation, messages.length === 1 ? '' : `batch[${nth}]: `);
    }
  }
  return { format: 'segment', messages, answer: { statusCode: 200, body: ACCEPTED } };
};

/**
 * The operation of a request of Customer.io's Track API v1.
 * @throws ApiError 404 if it has no such path, 501 if the operation is not supported, 400 as for Segment-shaped requests
 */
const trackV1Intake = (
  method: string,
  path: string,
  body: Record<string, unknown>,
  { receivedAt, isStrict }: IntakeContext,
): Intake => {
  const request = operationOfV1(method, path, body);
  if (request === undefined) throw notFound('Path not found');
  if (request.kind === 'rejected') throw refusal(request);
  const rejected = rejectedOf(translateOperation(request.operation, { receivedAt }));
  if (rejected !== undefined && (isStrict || NOT_SUPPORTED.has(rejected.reason))) throw refusal(rejected);
  return { format: 'customer-io', messages: [request.operation], answer: { statusCode: 200, body: {} } };
};

/** An error of Customer.io's Track API v2. */
const trackError = ({ field, reason }: Rejection): TrackError => ({
  reason: NOT_SUPPORTED.has(reason)
    ? 'not_supported'
    : reason.endsWith('is required')
      ? 'required'
      : 'invalid',
  field: field ?? '',
  message: reason,
});

/** A refused request of Customer.io's Track API v2. */
export class TrackV2Error extends ApiError {
  readonly errors: readonly TrackError[];

  constructor(rejected: Rejection) {
    const { statusCode, code, message } = refusal(rejected);
    super(statusCode, code, message);
    this.errors = [trackError(rejected)];
  }
}

/**
 * The operations of a request of Customer.io's Track API v2, whose rules are always tried before the answer: a batch takes in
 * those that break none, and answers 207 with the errors of the others.
 * @throws TrackV2Error 400 or 501 if the request as a whole is refused
 */
const trackV2Intake = (
  call: 'entity' | 'batch',
  body: Record<string, unknown>,
  { receivedAt }: IntakeContext,
): Intake => {
  const request = operationsOfV2(call, body);
  if (request.kind === 'rejected') throw new TrackV2Error(request);
  const messages: unknown[] = [];
  const errors: TrackError[] = [];
  for (const [nth, operation] of request.operations.entries()) {
    const rejected = rejectedOf(translateOperation(operation, { receivedAt }));
    if (rejected === undefined) messages.push(operation);
    else if (call === 'entity') throw new TrackV2Error(rejected);
    else errors.push({ batch_index: nth, ...trackError(rejected) });
  }
  return {
    format: 'customer-io',
    messages,
    answer: errors.length === 0 ? { statusCode: 200, body: {} } : { statusCode: 207, body: { errors } },
  };
};

/**
 * What a call asks to take in.
 * @throws ApiError if the request is refused
 */
export const intakeOf = (
  call: Exclude<ClientCall, { api: 'region' }>,
  method: string,
  body: Record<string, unknown>,
  context: IntakeContext,
): Intake => {
  switch (call.api) {
    case 'segment':
      return segmentIntake(call.call, body, context);
    case 'track-v1':
      return trackV1Intake(method, call.path, body, context);
    case 'track-v2':
      return trackV2Intake(call.call, body, context);
  }
};
