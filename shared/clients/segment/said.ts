import type { HistoryMessage } from '../../imports/history-message.ts';
import type { Checked } from '../checked.ts';
import type { Fields } from '../sent-value.ts';

/** What a message of one type says, besides its id and its time. Names replace those that were found already. */
export type Said = Partial<Omit<HistoryMessage, 'id' | 'at'>>;

/** What is known of a message already when the fields of its type are read. */
export interface Facts {
  /** Valid, empty if nobody is named. */
  readonly names: HistoryMessage['names'];
  /** The message's `context` without its `library`; see {@link contextOf}. */
  readonly context: Fields;
  /** When the message arrived, ms since 1970. */
  readonly receivedAt: number;
}

/** Reads the fields of a message's type. */
export type Reader = (message: Fields, facts: Facts) => Checked<Said>;
