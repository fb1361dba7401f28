import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';

const client = new SQSClient({ useQueueUrlAsEndpoint: false });

/**
 * The floor of accepting messages: a function of a route that parses the body, and sends it to a queue as one message. It logs its
 * event, as the function that it is compared with does during the benchmark; see deployed-function.ts.
 */
export const handler = async (event: { readonly body: string }) => {
  console.log(JSON.stringify(event));
  const { body } = event;
  JSON.parse(body);
  await client.send(new SendMessageCommand({ QueueUrl: process.env['QUEUE_URL'], MessageBody: body }));
  return { statusCode: 200, body: '{"success":true}' };
};
