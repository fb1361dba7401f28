import type { ApiOperation } from '#shared/http/api.ts';
import type { ContactImporter } from '#shared/imports/contact-import.ts';
import type { Clock } from '#shared/time/clock.ts';
import { type AnswerShape, answerTo } from '../batch-answer.ts';
import { type BatchShape, batchOf } from '../batch-request.ts';

/** The dependencies of {@link createContactsEndpoint}. */
export interface ContactsEndpointDeps {
  readonly importContacts: ContactImporter;
  readonly now: Clock;
}

const ANSWER: AnswerShape = { noun: 'contacts', identifierField: 'email' };

/** Creates or updates contacts; the response has their ids, which a refresh requires. */
export const createContactsEndpoint =
  ({ importContacts, now }: ContactsEndpointDeps, shape: BatchShape): ApiOperation =>
  // `then` instead of `await`, which would keep the parsed body in memory while its contacts are stored.
  async (request) =>
    importContacts(batchOf(request, shape, now)).then((outcome) =>
      answerTo(outcome, ANSWER, ({ contacts }) => ({ contacts })),
    );
