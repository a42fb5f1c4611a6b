// TensorFlow.js as a bundle of its own, in float64: engine/src/tensor/tensorflow.ts with its packages, in which every Float32Array
// is a Float64Array. Used by the build and, into .build/, by the tests.
import path from "node:path";
import { repository } from "./setup.mjs";

/** What engine/src/node/tensor.ts imports. */
export const TENSORFLOW = "#tensorflow";

/** Modules of TensorFlow.js that reach for the network or the machine; float64.ts has a platform of its own. */
const DROPPED = [/\/tfjs-core\/dist\/platforms\/platform_(browser|node)\.js$/];

/** Options of esbuild. `format`: esm for the engine package, cjs for the extension. */
export function tensorflowOptions(format, outfile) {
  return {
    absWorkingDir: repository,
    entryPoints: ["engine/src/tensor/tensorflow.ts"],
    outfile,
    bundle: true,
    minify: true,
    keepNames: true,
    sourcemap: false,
    legalComments: "none",
    logLevel: "warning",
    metafile: true,
    platform: "node",
    format,
    target: "node20",
    // The ES modules of the packages; their Node builds are one file each, in float32 polyfills.
    mainFields: ["module", "main"],
    define: { Float32Array: "Float64Array" },
    plugins: [withoutPlatforms],
  };
}

const withoutPlatforms = {
  name: "without-platforms",
  setup({ onLoad, onResolve, onEnd }) {
    let dropped = 0;
    onLoad({ filter: /\/tfjs-core\/dist\/platforms\/platform_\w+\.js$/ }, ({ path: file }) => {
      if (!DROPPED.some((pattern) => pattern.test(file.replaceAll(path.sep, "/")))) return undefined;
      dropped++;
      return { contents: "", loader: "js" };
    });
    // seedrandom asks for entropy that nothing here uses.
    onResolve({ filter: /^crypto$/ }, () => ({ path: "crypto", namespace: "nothing" }));
    onLoad({ filter: /.*/, namespace: "nothing" }, () => ({ contents: "", loader: "js" }));
    onEnd(() => {
      if (dropped === 2) return {};
      return { errors: [{ text: `TensorFlow.js has its platforms elsewhere: dropped ${dropped} of 2` }] };
    });
  },
};
