// Writes a .gz beside every text asset of the build, for the Go handler to serve as it is.
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { gzipSync } from 'node:zlib';

const dist = new URL('../dist/', import.meta.url).pathname;
const TEXT = new Set(['.html', '.js', '.css', '.svg']);

function filesUnder(folder) {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? filesUnder(path) : [path];
  });
}

for (const path of filesUnder(dist)) {
  if (TEXT.has(extname(path))) writeFileSync(`${path}.gz`, gzipSync(readFileSync(path), { level: 9 }));
}
