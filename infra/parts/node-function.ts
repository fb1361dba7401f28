import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Duration, Stack, Validations } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, LoggingFormat, Runtime, SystemLogLevel, Tracing } from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction, type NodejsFunctionProps, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { ENV, metricNamespace } from '#shared/deployment/names.ts';
import type { StageSettings } from '../stage-settings.ts';
import { BUNDLING } from './bundling.ts';
import { reservedFor } from './concurrency.ts';

/** Properties of {@link NodeFunction}. */
export interface NodeFunctionProps extends Omit<NodejsFunctionProps, 'entry' | 'role' | 'logGroup'> {
  readonly settings: StageSettings;
  /** The function's folder under `functions/`, such as `ingest/contacts`. */
  readonly folder: string;
  /** Distinguishes the deployments of a folder that is deployed more than once. @default - the folder is deployed once */
  readonly role?: string;
}

/** The memory size at which Lambda allocates one vCPU, for CPU-bound functions. Source: Lambda documentation, "Memory". */
export const ONE_CPU_MB = 1769;

/** The timeout of functions that serve API Gateway, which waits no longer. */
export const GATEWAY_TIMEOUT = Duration.seconds(29);

/**
 * For functions that requests without a valid key invoke: Lambda's own lines about each invocation would cost more than the
 * invocation. Those about failed invocations remain.
 */
export const QUIET = { systemLogLevelV2: SystemLogLevel.WARN };

const ROOT = join(import.meta.dirname, '..', '..');

/**
 * A function of the service: Node 24 on arm64, bundled by esbuild with all dependencies, with its own log group and a role
 * that may only write to that log group until more is granted.
 */
export class NodeFunction extends NodejsFunction {
  /** The folder and, if there is one, the role: `ingest/events email`. It is also the function's description. */
  readonly label: string;
  /** The memory size, in MB. */
  readonly memoryMb: number;

  constructor(scope: Construct, id: string, props: NodeFunctionProps) {
    const { settings, folder, role: roleName, memorySize = 512, environment, ...overrides } = props;
    const entry = join(ROOT, 'functions', folder, 'index.ts');
    if (!existsSync(entry)) throw new Error(`The function's entry file does not exist: ${entry}`);
    const label = roleName === undefined ? folder : `${folder} ${roleName}`;
    const logGroup = new LogGroup(scope, `${id}Logs`, { retention: settings.logRetention });
    const role = new Role(scope, `${id}Role`, {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: `${label} of ${Stack.of(scope).stackName}`,
    });
    logGroup.grantWrite(role);
    Validations.of(role).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason:
        'X-Ray supports no resource for sending traces; a test checks that nothing else is allowed on *',
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
      reservedConcurrentExecutions: reservedFor(settings, label),
      bundling: {
        ...BUNDLING,
        format: OutputFormat.ESM,
        // The SDK is bundled: its version is pinned, and it loads in half the time of the runtime's own copy.
        externalModules: [],
      },
      ...overrides,
    });
    this.label = label;
    this.memoryMb = memorySize;
  }
}
