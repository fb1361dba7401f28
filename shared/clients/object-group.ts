/** The type of objects that Customer.io assumes where none is given; its objects are what others call groups or companies. */
const DEFAULT_TYPE = '1';

/**
 * The id of the company that stands for an object of Customer.io: objects of different types may have the same id. Those of
 * the default type keep their own, so that a customer who has one type only finds companies by the ids that they know. (An
 * object of the default type whose id is `2:x` is the same company as the object `x` of type 2; ids of objects hardly have that
 * form.) Source: Customer.io documentation, "Pipelines API", group; "Objects".
 *
 * @param typeId - the text of the `object_type_id`; undefined if there is none
 * @param objectId - the id of the object, trimmed
 */
export const objectGroupId = (typeId: string | undefined, objectId: string): string =>
  typeId === undefined || typeId === DEFAULT_TYPE ? objectId : `${typeId}:${objectId}`;
