// Compiles src/simd/kernel.as to src/simd/kernel.wasm.ts; with --check, says whether the two agree.
import { readFile, writeFile } from 'node:fs/promises';
import asc from 'assemblyscript/asc';

const folder = new URL('../src/simd/', import.meta.url);

const target = new URL('kernel.wasm.ts', folder);

/** The text of kernel.wasm.ts for the kernel's current source. */
async function compileKernel() {
  const source = await readFile(new URL('kernel.as', folder), 'utf8');
  const optimization = ['--optimizeLevel', '3', '--converge', '--noAssert'];
  // The table at the front of the memory ends below RESERVED in simd-kernels.ts.
  const layout = ['--runtime', 'stub', '--enable', 'simd', '--memoryBase', '16'];
  let binary = new Uint8Array();
  const { error, stderr } = await asc.main(['kernel.ts', '--outFile', 'kernel.wasm', ...optimization, ...layout], {
    // The compiler only knows the extension .ts, which the type checker and the linter would take for TypeScript.
    readFile: (name) => (name === 'kernel.ts' ? source : null),
    writeFile: (_name, contents) => {
      binary = contents;
    },
    listFiles: () => [],
  });
  if (error) throw new Error(`kernel.as does not compile.\n${stderr}`, { cause: error });
  return `// Generated from kernel.as by scripts/build-simd.mjs: ${binary.length} bytes.
export const KERNEL: string =
  '${Buffer.from(binary).toString('base64')}';
`;
}

const compiled = await compileKernel();
if (!process.argv.includes('--check')) {
  await writeFile(target, compiled);
} else if ((await readFile(target, 'utf8')) !== compiled) {
  throw new Error('kernel.wasm.ts is not what kernel.as compiles to. Run node scripts/build-simd.mjs.');
}
