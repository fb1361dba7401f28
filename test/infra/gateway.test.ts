import { UNKNOWN_PATH } from '#infra/parts/route-throttles.ts';
import { stageSettings } from '#infra/stage-settings.ts';
import { OPERATIONS } from '#shared/contract/operations.ts';
import { MISROUTED } from '#shared/contract/paths.ts';
import { methodsOf, type Resource, resourcesOf, templateOf } from '#test/support/template.ts';

const production = templateOf('production');
const all = (type: string, template = production): [string, Resource][] =>
  Object.entries(resourcesOf(template, type));
const only = (type: string, template = production): Resource['Properties'] =>
  all(type, template).map(([, { Properties }]) => Properties)[0];

const functionIdOf = (folder: string): string =>
  all('AWS::Lambda::Function').find(([, { Properties }]) => Properties.Description === folder)?.[0] ?? '';

describe('the quotas of AWS', () => {
  // Sources: CloudFormation quotas, "Resources"; API Gateway quotas, "Resources per API".
  it('leave room for the template and for the resources of the API', () => {
    expect(Object.keys(production.toJSON()['Resources']).length).toBeLessThan(500);
    expect(all('AWS::ApiGateway::Resource').length).toBeLessThan(300);
  });
});

describe('a request whose path is fixed, and whose method only a path with a parameter has', () => {
  const routes = [...methodsOf(production)].map(([route, method]) => {
    const [verb = '', path = ''] = route.split(' ');
    return { verb, path, segments: path.split('/'), fallback: JSON.stringify(method.Integration.Uri) };
  });
  const isParameter = (segment = ''): boolean => segment.startsWith('{');
  const paths = routes.filter(({ segments }) => !segments.includes(UNKNOWN_PATH));
  /** Pairs of a path and a route that differ only by parameters of the route in place of fixed segments. */
  const overlaps = [...new Set(paths.map(({ path }) => path))].flatMap((path) =>
    paths.flatMap(({ verb, path: other, segments }) => {
      const fixed = path.split('/');
      const overlap =
        path !== other &&
        fixed.length === segments.length &&
        segments.every((segment, at) => segment === fixed[at] || isParameter(segment));
      return overlap ? [[verb, path] as const] : [];
    }),
  );

  it('exists', () => {
    expect(overlaps).toContainEqual(['GET', '/v1/contacts/batch']);
  });

  it.each(overlaps)('does not fall to the parameter on AWS: %s %s has a route', (verb, path) => {
    const route = paths.find((one) => one.verb === verb && one.path === path);
    const listed = OPERATIONS.some((one) => one.method === verb && one.path === path);

    expect(route).toBeDefined();
    if (!listed) expect(route?.fallback).toContain(`"${functionIdOf('clients/accept')}"`);
  });
});

describe('the throttles of routes', () => {
  const settings: Resource['Properties'][] = only('AWS::ApiGateway::Stage').MethodSettings;
  const throttleOf = (path: string, method: string) => {
    const { ThrottlingRateLimit, ThrottlingBurstLimit } =
      settings.find(({ ResourcePath, HttpMethod }) => ResourcePath === path && HttpMethod === method) ?? {};
    return [ThrottlingRateLimit, ThrottlingBurstLimit];
  };
  // Source: CloudFormation reference, "AWS::ApiGateway::Stage MethodSetting": slashes are written as ~1.
  const escaped = (path: string): string => `/${path.replaceAll('/', '~1')}`;

  it('leave room for fifty organisations at their full rate on a route that requires a key', () => {
    expect(throttleOf('/*', '*')).toEqual([1_000, 1_000]);
  });

  it.each(['GET', 'HEAD', 'OPTIONS', 'PATCH'])('are low for %s of unknown paths', (method) => {
    expect(throttleOf(escaped('/{proxy+}'), method)).toEqual([10, 20]);
  });

  it.each(['DELETE', 'POST', 'PUT'])(
    'leave room for five organisations whose clients send at their full rate: %s',
    (method) => {
      const { liveRatePerSecond } = stageSettings('production');

      expect(throttleOf(escaped('/{proxy+}'), method)).toEqual([
        5 * liveRatePerSecond,
        5 * liveRatePerSecond,
      ]);
    },
  );

  it.each(MISROUTED)('are low for $method $path', ({ method, path }) => {
    expect(throttleOf(escaped(path), method)).toEqual([10, 20]);
  });

  it.each(OPERATIONS.filter(({ isPublic }) => isPublic))(
    'are low for $method $path, which requires no key',
    ({ method, path }) => {
      expect(throttleOf(escaped(path), method)).toEqual([20, 40]);
    },
  );

  it('are set for every route without a key', () => {
    const open = [...methodsOf(production)].flatMap(([route, { AuthorizationType }]) =>
      AuthorizationType === 'CUSTOM' ? [] : [route],
    );

    const limited = settings.filter(({ ResourcePath }) => ResourcePath !== '/*');

    expect(limited).toHaveLength(open.length - 1 + 7);
  });
});

describe('the web ACL', () => {
  it.each(['production', 'trial'])('limits the requests of one address to the stage %s', (stage) => {
    const template = templateOf(stage);

    const { DefaultAction, Rules } = only('AWS::WAFv2::WebACL', template);
    const { ResourceArn, WebACLArn } = only('AWS::WAFv2::WebACLAssociation', template);

    expect(DefaultAction).toEqual({ Allow: {} });
    expect(Rules).toMatchObject([
      {
        Action: { Block: {} },
        Statement: {
          RateBasedStatement: {
            AggregateKeyType: 'IP',
            Limit: 6_000,
            EvaluationWindowSec: 60,
            ScopeDownStatement: { NotStatement: expect.anything() },
          },
        },
      },
      {
        Action: { Block: {} },
        Statement: {
          RateBasedStatement: { AggregateKeyType: 'IP', Limit: 120_000, EvaluationWindowSec: 60 },
        },
      },
    ]);
    expect(Rules[1].Statement.RateBasedStatement).not.toHaveProperty('ScopeDownStatement');
    expect(WebACLArn).toEqual({ 'Fn::GetAtt': [all('AWS::WAFv2::WebACL', template)[0]?.[0], 'Arn'] });
    expect(JSON.stringify(ResourceArn)).toContain(all('AWS::ApiGateway::Stage', template)[0]?.[0]);
  });

  it('allows an organisation more than its own throttle', () => {
    const { RateLimit, BurstLimit } = only('AWS::ApiGateway::UsagePlan').Throttle;

    expect(6_000).toBeGreaterThan(RateLimit * 60 + BurstLimit);
    expect(120_000).toBeGreaterThan(stageSettings('production').liveRatePerSecond * 60);
  });

  it('keeps no samples of requests, which would include keys', () => {
    const { VisibilityConfig, Rules } = only('AWS::WAFv2::WebACL');

    expect(VisibilityConfig.SampledRequestsEnabled).toBe(false);
    for (const rule of Rules) expect(rule.VisibilityConfig.SampledRequestsEnabled).toBe(false);
  });

  it('does not exist on the local stage', () => {
    expect(all('AWS::WAFv2::WebACL', templateOf('local'))).toEqual([]);
  });
});

describe('functions that requests without a valid key invoke', () => {
  it.each(['authorize/api-key', 'contract/openapi', 'clients/accept'])(
    '%s: Lambda itself logs failed invocations only',
    (folder) => {
      const fn = resourcesOf(production, 'AWS::Lambda::Function')[functionIdOf(folder)];

      expect(fn?.Properties.LoggingConfig.SystemLogLevel).toBe('WARN');
    },
  );
});

describe('responses that API Gateway generates', () => {
  const answers = new Map(
    all('AWS::ApiGateway::GatewayResponse').map(([, { Properties }]) => [
      Properties.ResponseType as string,
      Properties,
    ]),
  );
  const bodyOf = (type: string) =>
    JSON.parse(
      answers
        .get(type)
        .ResponseTemplates['application/json'].replaceAll('$context.error.messageString', '"…"')
        .replace('$context.requestId', 'id'),
    );
  const retryAfterOf = (type: string): string | undefined =>
    answers.get(type).ResponseParameters?.['gatewayresponse.header.Retry-After'];

  it.each([...answers.keys()])('have the shape of all errors: %s', (type) => {
    const body = bodyOf(type);

    expect(body.error).toEqual({
      code: expect.stringMatching(/^[a-z_]+$/),
      message: expect.any(String),
      requestId: 'id',
    });
    // What clients of other vendors read.
    const { code, message } = body.error;
    expect(body).toEqual({ error: body.error, code, message, meta: { error: message } });
  });

  // Source: API Gateway Developer Guide, "Gateway response types": without a status, "Null", each error keeps its own.
  it.each(['DEFAULT_4XX', 'DEFAULT_5XX'])('keep their status if they are not listed: %s', (type) => {
    expect(answers.get(type)).not.toHaveProperty('StatusCode');
  });

  it('have a generic code if they are not listed, since they have any status', () => {
    expect(bodyOf('DEFAULT_4XX').error.code).toBe('request_rejected');
    expect(bodyOf('DEFAULT_5XX').error.code).toBe('internal_error');
  });

  it.each([
    ['THROTTLED', '429', "'5'"],
    ['QUOTA_EXCEEDED', '429', "'3600'"],
    ['WAF_FILTERED', '429', "'60'"],
    ['INTEGRATION_TIMEOUT', '503', "'5'"],
    ['INTEGRATION_FAILURE', '503', "'5'"],
    ['DEFAULT_5XX', undefined, "'5'"],
  ])('have Retry-After: %s', (type, status, seconds) => {
    expect(answers.get(type).StatusCode).toBe(status);
    expect(retryAfterOf(type)).toBe(seconds);
  });

  it('are the same for a missing key as for one that the authorizer denies', () => {
    const { ResponseType: _, ...missing } = answers.get('UNAUTHORIZED');
    const { ResponseType: __, ...denied } = answers.get('ACCESS_DENIED');

    expect(denied).toEqual(missing);
    expect(missing.StatusCode).toBe('401');
  });

  describe('to a body over the 6 MB that Lambda accepts', () => {
    it('are 413, or keep the 413 that API Gateway gives them', () => {
      expect(answers.get('REQUEST_TOO_LARGE').StatusCode).toBe('413');
      expect(bodyOf('REQUEST_TOO_LARGE').error.code).toBe('body_too_large');
      expect(answers.get('DEFAULT_4XX')).not.toHaveProperty('StatusCode');
    });

    it('name the limit if API Gateway reports a failure of the function', () => {
      expect(bodyOf('INTEGRATION_FAILURE').error.message).toContain('more than 6 MB, send smaller batches');
    });
  });
});
