/**
 * The text of a path parameter: API Gateway passes on what REST APIs receive in a path as it was sent, percent-encoded. What is
 * not an encoded text, since something before this function has decoded it, is taken as it is.
 */
export const pathText = (parameter = ''): string => {
  try {
    return decodeURIComponent(parameter);
  } catch {
    return parameter;
  }
};
