/** The bundle is an ES module; CommonJS dependencies in it need `require`. */
const REQUIRE = "import{createRequire}from'node:module';const require=createRequire(import.meta.url);";

/** esbuild options of every function. This file imports nothing, so that the benchmark can bundle its floors the same way. */
export const BUNDLING = {
  target: 'node24',
  minify: true,
  mainFields: ['module', 'main'],
  banner: REQUIRE,
};
