// Compiles src/simd/*.as to *.wasm.ts; with --check, says whether they agree.
import { readdir, readFile, writeFile } from 'node:fs/promises';
import asc from 'assemblyscript/asc';

const folder = new URL('../src/simd/', import.meta.url);

/** The text of the module for a kernel's current source. */
async function compile(name) {
  const source = await readFile(new URL(`${name}.as`, folder), 'utf8');
  const optimization = ['--optimizeLevel', '3', '--converge', '--noAssert'];
  // A table at the front of the memory ends below RESERVED in module.ts.
  const layout = ['--runtime', 'stub', '--enable', 'simd', '--memoryBase', '16'];
  let binary = new Uint8Array();
  const { error, stderr } = await asc.main(['kernel.ts', '--outFile', 'kernel.wasm', ...optimization, ...layout], {
    // The compiler only knows the extension .ts, which the type checker and the linter would take for TypeScript.
    readFile: (file) => (file === 'kernel.ts' ? source : null),
    writeFile: (_file, contents) => {
      binary = contents;
    },
    listFiles: () => [],
  });
  if (error) throw new Error(`${name}.as does not compile.\n${stderr}`, { cause: error });
  return `// Generated from ${name}.as by scripts/build-simd.mjs: ${binary.length} bytes.
export const ${name.toUpperCase()}: string =
  '${Buffer.from(binary).toString('base64')}';
`;
}

for (const file of await readdir(folder)) {
  if (!file.endsWith('.as')) continue;
  const name = file.slice(0, -'.as'.length);
  const target = new URL(`${name}.wasm.ts`, folder);
  const compiled = await compile(name);
  if (!process.argv.includes('--check')) {
    await writeFile(target, compiled);
  } else if ((await readFile(target, 'utf8')) !== compiled) {
    throw new Error(`${name}.wasm.ts is not what ${name}.as compiles to. Run node scripts/build-simd.mjs.`);
  }
}
