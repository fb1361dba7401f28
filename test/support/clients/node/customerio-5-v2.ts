// customerio-node 5, the Track API v2: a single operation to /v2/entity, several together to /v2/batch. It takes the root of
// v2 from the first `/api/v1` of its `url`.
import { TrackClient } from 'customerio-node';
import { type Call, unixSeconds } from '../calls.ts';
import { drive, each } from './driver.ts';

/** The operations of one request, below the limit of 500 KB. */
const TOGETHER = 100;

const operationOf = (call: Call): Record<string, unknown> => {
  const person = { type: 'person', identifiers: { id: call.userId }, timestamp: unixSeconds(call.at) };
  switch (call.kind) {
    case 'identify':
      return { ...person, action: 'identify', attributes: call.traits };
    case 'track':
      return { ...person, action: 'event', name: call.event, attributes: call.properties };
    case 'page':
      return { ...person, action: 'page', name: call.properties.url, attributes: call.properties };
    case 'group':
      return {
        type: 'object',
        identifiers: { object_type_id: '1', object_id: call.groupId },
        action: 'identify',
        timestamp: unixSeconds(call.at),
        attributes: call.traits,
        cio_relationships: [{ identifiers: { id: call.userId } }],
      };
    case 'alias':
      return {
        type: 'person',
        action: 'merge',
        primary: { id: call.userId },
        secondary: { id: call.previousId },
      };
  }
};

await drive(async ({ url, key, calls }, errors) => {
  const cio = new TrackClient('site', key, { url: `${url}/v1` });
  const operations = calls.map(operationOf);
  if (operations.length < 10) return each(operations, errors, (operation) => cio.entity(operation));
  const batches = Array.from({ length: Math.ceil(operations.length / TOGETHER) }, (_, nth) =>
    operations.slice(nth * TOGETHER, (nth + 1) * TOGETHER),
  );
  return each(batches, errors, (batch) => cio.batch(batch));
});
