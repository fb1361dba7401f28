import { CfnOutput } from 'aws-cdk-lib';
import { EndpointType, type RestApi, SecurityPolicy } from 'aws-cdk-lib/aws-apigateway';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';

/** A name of the customer's own in front of the API. */
export interface CustomDomain {
  readonly name: string;
  /** A certificate for it in ACM, in the stack's region. */
  readonly certificateArn: string;
}

/** Puts the API behind `https://{name}/{basePath}/v1/…`. The DNS record that points there is the caller's to make. */
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
  new CfnOutput(api, 'CustomDomainTarget', {
    value: domain.domainNameAliasDomainName,
    description: `Point ${name} here (CNAME or alias)`,
  });
};
