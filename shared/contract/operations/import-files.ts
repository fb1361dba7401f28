/** The path by which files are imported that are too large for a request. */
export const FILE_IMPORTS_PATH = '/v1/imports/files';
