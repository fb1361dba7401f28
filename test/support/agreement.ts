import fc from 'fast-check';
import * as v from 'valibot';
import { openApiDocument } from '#shared/contract/openapi.ts';
import { OPERATIONS } from '#shared/contract/operations.ts';
import { isJsonObject, parseLossless } from '#shared/json/lossless-json.ts';
import { documentedOperation, jsonMedia, validatorOf } from './contract.ts';

const document = openApiDocument();

/** The operation with an operationId in the OpenAPI document. */
export const operationOf = (operationId: string) => {
  const operation = OPERATIONS.find((one) => one.operationId === operationId);
  if (operation === undefined) throw new Error(`There is no operation ${operationId}`);
  return documentedOperation({ method: operation.method, template: operation.path }, document);
};

/** The schema of an operation's body. */
export const bodySchemaOf = (operationId: string): unknown =>
  jsonMedia(document, operationOf(operationId).requestBody)?.schema;

/** The violations of a schema of the document by a value. */
export const violationsBy = (schema: unknown) => validatorOf(document, schema);

/** The reason for which the service refuses a value; undefined if it accepts it. */
export type Service = (value: unknown) => string | undefined;

/** The service's validation by a schema. */
export const serviceOf =
  (schema: v.GenericSchema): Service =>
  (value) => {
    if (!isJsonObject(value)) return 'The body must be a JSON object';
    return v.safeParse(schema, value).issues?.[0].message;
  };

/** A schema of the document, the validation that it describes, and the JSON texts on which to compare them. */
interface Comparison {
  readonly schema: unknown;
  readonly service: Service;
  /** The reasons of rules that the schema cannot state. */
  readonly beyond: readonly RegExp[];
  readonly texts: fc.Arbitrary<string>;
}

/**
 * Expects a schema of the document and the service to agree in both directions. What the schema refuses, the service must
 * refuse; what it accepts, the service must accept, except for the reasons in `beyond`, which the document mentions.
 */
export const expectAgreement = ({ schema, service, beyond, texts }: Comparison): void => {
  const violationsOf = violationsBy(schema);
  fc.assert(
    fc.property(texts, (text) => {
      const reason = service(parseLossless(text));
      const violations = violationsOf(JSON.parse(text));

      if (violations.length > 0)
        expect([text, violations, reason]).toEqual([text, violations, expect.any(String)]);
      else if (!beyond.some((rule) => reason !== undefined && rule.test(reason)))
        expect([text, reason]).toEqual([text, undefined]);
    }),
    { numRuns: 1_500 },
  );
};
