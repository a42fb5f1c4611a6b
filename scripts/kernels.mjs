// Compiles engine/src/linalg/kernels/assembly (AssemblyScript, SIMD) into engine/src/linalg/kernels/module.ts.
// With --check it only compares, and fails when the file differs.
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";

const repository = fileURLToPath(new URL("..", import.meta.url));
const folder = "engine/src/linalg/kernels";
const target = path.join(repository, folder, "module.ts");

const text = moduleText(await compile());
if (process.argv.includes("--check")) {
  if (readFileSync(target, "utf8") !== text) {
    console.error(`${folder}/module.ts: differs from what scripts/kernels.mjs makes\nrun: node scripts/kernels.mjs`);
    process.exitCode = 1;
  }
} else {
  writeFileSync(target, text);
  console.log(`wrote ${folder}/module.ts`);
}

/** The bytes of the module. No runtime: the kernels keep no objects, and the memory is the caller's. */
async function compile() {
  const output = new Map();
  const { error, stderr } = await asc.main(
    [
      `${folder}/assembly/module.ts`,
      ...["--outFile", "kernels.wasm"],
      ...["-O3", "--noAssert", "--converge"],
      ...["--runtime", "stub"],
      ...["--enable", "simd"],
      ...["--importMemory", "--noExportMemory", "--initialMemory", "1", "--memoryBase", "16"],
      ...["--use", "abort="],
    ],
    {
      readFile: (name, base) => {
        try {
          return readFileSync(path.resolve(repository, base, name), "utf8");
        } catch {
          return null;
        }
      },
      writeFile: (name, contents) => void output.set(name, contents),
      listFiles: () => [],
    },
  );
  if (error) throw new Error(`${error.message}\n${stderr.toString()}`);
  return output.get("kernels.wasm");
}

function moduleText(bytes) {
  const lines = Buffer.from(bytes)
    .toString("base64")
    .match(/.{1,110}/g)
    .map((line) => `  "${line}",`);
  return `/** Made by scripts/kernels.mjs from assembly/: ${bytes.length} bytes of WebAssembly in base64. */
export const KERNEL_MODULE = [
${lines.join("\n")}
].join("");
`;
}
