import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, LoggingFormat, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction, type NodejsFunctionProps, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { ENV, metricNamespace } from '#shared/deployment/names.ts';
import type { StageSettings } from '../stage-settings.ts';
import { BUNDLING } from './bundling.ts';

/** What a function of this service is told apart by. */
export interface NodeFunctionProps extends Omit<NodejsFunctionProps, 'entry' | 'role' | 'logGroup'> {
  readonly settings: StageSettings;
  /** The function's folder under `functions/`, such as `ingest/contacts`. */
  readonly folder: string;
  /** What tells functions of one folder apart. @default - the folder is deployed once */
  readonly role?: string;
}

/** The memory that goes with one vCPU, for functions that have work for one. Source: Lambda documentation, "Memory". */
export const ONE_CPU_MB = 1769;

/** The time of functions that answer API Gateway, which waits no longer. */
export const GATEWAY_TIMEOUT = Duration.seconds(29);

const ROOT = join(import.meta.dirname, '..', '..');

/**
 * A function of the service: Node 24 on arm64, bundled by esbuild with all it needs, its own log group, and a role
 * that allows writing to it and nothing else until something is granted.
 */
export class NodeFunction extends NodejsFunction {
  /** The folder, and the role where there is one: `ingest/events email`. It is also the description. */
  readonly label: string;
  readonly memoryMb: number;

  constructor(scope: Construct, id: string, props: NodeFunctionProps) {
    const { settings, folder, role: roleName, memorySize = 512, environment, ...overrides } = props;
    const entry = join(ROOT, 'functions', folder, 'index.ts');
    if (!existsSync(entry)) throw new Error(`There is no function ${entry}`);
    const label = roleName === undefined ? folder : `${folder} ${roleName}`;
    const logGroup = new LogGroup(scope, `${id}Logs`, {
      retention: settings.logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = new Role(scope, `${id}Role`, {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: `${label} of ${Stack.of(scope).stackName}`,
    });
    logGroup.grantWrite(role);
    Validations.of(role).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: 'X-Ray takes no resource for sending traces; a test sees that nothing else is allowed on *',
    });
    super(scope, id, {
      entry,
      role,
      logGroup,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize,
      environment: { [ENV.metricNamespace]: metricNamespace(settings.name), ...environment },
      timeout: Duration.seconds(10),
      loggingFormat: LoggingFormat.JSON,
      tracing: Tracing.ACTIVE,
      depsLockFilePath: join(ROOT, 'package-lock.json'),
      description: label,
      bundling: {
        ...BUNDLING,
        format: OutputFormat.ESM,
        // The SDK is part of the bundle: pinned like everything else, and half as slow to load as the runtime's own.
        externalModules: [],
      },
      ...overrides,
    });
    this.label = label;
    this.memoryMb = memorySize;
  }
}
