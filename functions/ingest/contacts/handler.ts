import type { ApiOperation } from '#shared/http/api.ts';
import type { ContactImporter } from '#shared/imports/contact-import.ts';
import type { Clock } from '#shared/time/clock.ts';
import { type AnswerShape, answerTo } from '../batch-answer.ts';
import { type BatchShape, batchOf } from '../batch-request.ts';

/** What the endpoint for contacts needs. */
export interface ContactsEndpointDeps {
  readonly importContacts: ContactImporter;
  readonly now: Clock;
}

const ANSWER: AnswerShape = { noun: 'contacts', identifierField: 'email' };

/** Creates or updates contacts by email; the answer has their ids, since a refresh takes ids. */
export const createContactsEndpoint =
  ({ importContacts, now }: ContactsEndpointDeps, shape: BatchShape): ApiOperation =>
  // `then` instead of `await`, which would keep the parsed body in memory while its contacts are stored.
  async (request) =>
    importContacts(batchOf(request, shape, now)).then((outcome) =>
      answerTo(outcome, ANSWER, ({ contacts }) => ({ contacts })),
    );
