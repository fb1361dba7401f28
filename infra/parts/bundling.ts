/** The bundle is an ES module; what is still CommonJS in it asks for `require`. */
const REQUIRE = "import{createRequire}from'node:module';const require=createRequire(import.meta.url);";

/** How esbuild bundles a function. This file imports nothing, so that the benchmark's floors are bundled alike. */
export const BUNDLING = {
  target: 'node24',
  minify: true,
  mainFields: ['module', 'main'],
  banner: REQUIRE,
};
