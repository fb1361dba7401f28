import { join } from 'node:path';
import { App, CfnOutput, Stack } from 'aws-cdk-lib';
import { EndpointType, LambdaIntegration, RestApi } from 'aws-cdk-lib/aws-apigateway';
import { Architecture, LoggingFormat, Runtime } from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { BUNDLING } from '#infra/parts/bundling.ts';
import { GATEWAY_TIMEOUT, ONE_CPU_MB } from '#infra/parts/node-function.ts';
import { ROOT } from '#local/folders.ts';
import { OUTPUT } from '#shared/deployment/names.ts';
import { BARE_ROUTE } from './names.ts';

/** The CDK app of the benchmark's bare route: its function, made as the service's functions are, and a queue. */
const route = new Construct(new Stack(new App(), BARE_ROUTE.stackName), 'Route');
const queue = new Queue(route, 'Queue');
const send = new NodejsFunction(route, 'Send', {
  entry: join(ROOT, 'bench', 'workers', 'bare-send.ts'),
  runtime: Runtime.NODEJS_24_X,
  architecture: Architecture.ARM_64,
  memorySize: ONE_CPU_MB,
  timeout: GATEWAY_TIMEOUT,
  loggingFormat: LoggingFormat.JSON,
  depsLockFilePath: join(ROOT, 'package-lock.json'),
  environment: { QUEUE_URL: queue.queueUrl },
  bundling: { ...BUNDLING, format: OutputFormat.ESM, externalModules: [] },
});
queue.grantSendMessages(send);
const api = new RestApi(route, 'Api', {
  endpointTypes: [EndpointType.REGIONAL],
  deployOptions: { stageName: 'api' },
});
api.root
  .addResource(BARE_ROUTE.path)
  .addMethod('POST', new LambdaIntegration(send, { allowTestInvoke: false }));
new CfnOutput(route, OUTPUT.apiUrl, { value: api.url });
