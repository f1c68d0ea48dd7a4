// Fails when all that a browser may load from the build weighs more than the budget.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { extname, join, relative } from 'node:path';
import { gzipSync } from 'node:zlib';

const BUDGET_KB = 400;
const dist = new URL('../dist/', import.meta.url).pathname;

function filesUnder(folder) {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? filesUnder(path) : [path];
  });
}

if (!existsSync(join(dist, 'index.html'))) {
  console.error('dist/ holds no build: run npm run build first');
  process.exit(1);
}
const sizes = filesUnder(dist)
  .filter((path) => extname(path) !== '.gz')
  .map((path) => ({ name: relative(dist, path), bytes: gzipSync(readFileSync(path), { level: 9 }).length }))
  .sort((a, b) => b.bytes - a.bytes);
for (const { name, bytes } of sizes) console.log(`${(bytes / 1000).toFixed(1).padStart(8)} kB  ${name}`);
const total = sizes.reduce((sum, { bytes }) => sum + bytes, 0) / 1000;
console.log(`${total.toFixed(1).padStart(8)} kB  gzipped in all, of ${BUDGET_KB} kB`);
if (total > BUDGET_KB) {
  console.error(`the UI is over its budget by ${(total - BUDGET_KB).toFixed(1)} kB`);
  process.exit(1);
}
