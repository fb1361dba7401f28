// customerio-node 5, the Pipelines API: one request for each call; many are sent together by hand.
import { type BatchItem, PipelinesClient } from 'customerio-node';
import type { Call } from '../calls.ts';
import { drive, each } from './driver.ts';

/** The items of one request, below the limit of 500 KB. */
const TOGETHER = 100;

const itemOf = ({ kind, at, ...message }: Call) => ({ type: kind, ...message, timestamp: at }) as BatchItem;

await drive(({ url, key, calls }, errors) => {
  const cio = new PipelinesClient(key, { url: `${url}/v1` });
  const items = calls.map(itemOf);
  if (items.length < 10) {
    return each(items, errors, ({ type, ...payload }) =>
      (cio[type] as (payload: object) => Promise<unknown>).call(cio, payload),
    );
  }
  const batches = Array.from({ length: Math.ceil(items.length / TOGETHER) }, (_, nth) =>
    items.slice(nth * TOGETHER, (nth + 1) * TOGETHER),
  );
  return each(batches, errors, (batch) => cio.batch(batch));
});
