import type { Kind } from '#shared/events/kinds.ts';
import type { ApiOperation } from '#shared/http/api.ts';
import type { EventImporter } from '#shared/imports/event-import.ts';
import type { Clock } from '#shared/time/clock.ts';
import { type AnswerShape, answerTo } from '../batch-answer.ts';
import { type BatchShape, batchOf } from '../batch-request.ts';

/** What an endpoint for events needs. */
export interface EventsEndpointDeps {
  readonly importEvents: EventImporter;
  readonly now: Clock;
}

/** An endpoint for events: what it takes, and of which kind it makes events. */
export interface EventsShape extends BatchShape {
  readonly kind: Kind;
}

const ANSWER: AnswerShape = { noun: 'events', identifierField: 'contactEmail' };

/** Imports the events of a request; the answer reports what is not stored by index, with reasons. */
export const createEventsEndpoint =
  ({ importEvents, now }: EventsEndpointDeps, shape: EventsShape): ApiOperation =>
  // `then` rather than `await`, so that no frame keeps the parsed body alive while its events are stored.
  async (request) =>
    importEvents({ ...batchOf(request, shape, now), kind: shape.kind }).then((outcome) =>
      answerTo(outcome, ANSWER),
    );
