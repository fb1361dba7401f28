/**
 * The types of email events by the names of Segment's specification of them; other names are named events. Sources: Segment
 * documentation, "Spec: Email"; product specification, "What a message becomes".
 */
export const EMAIL_EVENTS: ReadonlyMap<string, string> = new Map([
  ['Email Delivered', 'delivered'],
  ['Email Opened', 'opened'],
  ['Email Link Clicked', 'clicked'],
  ['Email Bounced', 'bounced'],
  ['Email Marked as Spam', 'complained'],
  ['Unsubscribed', 'unsubscribed'],
]);
