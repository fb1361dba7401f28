import { CfnOutput } from 'aws-cdk-lib';
import { EndpointType, type RestApi, SecurityPolicy } from 'aws-cdk-lib/aws-apigateway';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';

/** A custom domain name for the API. */
export interface CustomDomain {
  readonly name: string;
  /** The ARN of its ACM certificate, in the stack's region. */
  readonly certificateArn: string;
}

/**
 * Serves the API at `https://{name}/{basePath}/v1/…`, as without a domain, and at `https://{name}/v1/…`: API Gateway uses the
 * mapping with the longest path that matches (Developer Guide, "Use API mappings"). The operator creates the DNS record.
 */
export const addCustomDomain = (
  api: RestApi,
  basePath: string,
  { name, certificateArn }: CustomDomain,
): void => {
  const domain = api.addDomainName('CustomDomain', {
    domainName: name,
    certificate: Certificate.fromCertificateArn(api, 'Certificate', certificateArn),
    endpointType: EndpointType.REGIONAL,
    securityPolicy: SecurityPolicy.TLS_1_2,
    basePath,
  });
  domain.addBasePathMapping(api);
  new CfnOutput(api, 'CustomDomainTarget', {
    value: domain.domainNameAliasDomainName,
    description: `Point ${name} here (CNAME or alias)`,
  });
};
