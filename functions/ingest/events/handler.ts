import type { ImportedKind } from '#shared/events/kinds.ts';
import type { ApiOperation } from '#shared/http/api.ts';
import type { EventImporter } from '#shared/imports/event-import.ts';
import type { Clock } from '#shared/time/clock.ts';
import { type AnswerShape, answerTo } from '../batch-answer.ts';
import { type BatchShape, batchOf } from '../batch-request.ts';

/** The dependencies of {@link createEventsEndpoint}. */
export interface EventsEndpointDeps {
  readonly importEvents: EventImporter;
  readonly now: Clock;
}

/** The shape of an endpoint for events, and their kind. */
export interface EventsShape extends BatchShape {
  readonly kind: ImportedKind;
}

const ANSWER: AnswerShape = { noun: 'events', identifierField: 'contactEmail' };

/**
 * Imports the events of a request; the response lists entries that were not stored by index, with reasons.
 */
export const createEventsEndpoint =
  ({ importEvents, now }: EventsEndpointDeps, shape: EventsShape): ApiOperation =>
  // `then` instead of `await`, which would keep the parsed body in memory while its events are stored.
  async (request) =>
    importEvents({ ...batchOf(request, shape, now), kind: shape.kind }).then((outcome) =>
      answerTo(outcome, ANSWER),
    );
