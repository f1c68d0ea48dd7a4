// SPDX-License-Identifier: Apache-2.0
import { createReadStream, existsSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { type Answer, answer, type World } from '../src/test/factories/answers';

const DIST = new URL('../dist/', import.meta.url).pathname;
const TYPES: Readonly<Record<string, string>> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.woff2': 'font/woff2' };

/** The built UI with a made-up world behind it. The world may be replaced, and calls may be made to fail. */
export class FakeServer {
  world: World;
  /** Set to answer every call with this instead. */
  failure: Answer | null = null;
  private readonly lines = new Set<ServerResponse>();
  private readonly http: Server;

  constructor(world: World) {
    this.world = world;
    this.http = createServer((request, response) => this.serve(request, response));
  }

  async start(): Promise<string> {
    if (!existsSync(join(DIST, 'index.html'))) throw new Error('dist/ holds no build: run npm run build first');
    await new Promise<void>((done) => this.http.listen(0, '127.0.0.1', done));
    return `http://127.0.0.1:${(this.http.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.http.closeAllConnections();
    await new Promise((done) => this.http.close(done));
  }

  /** Sends a pulse to every open page. */
  pulse(): void {
    const { deliveries, now } = this.world;
    const count = (verdict: string) => deliveries.filter((delivery) => delivery.verdict === verdict).length;
    const pulse = { time: new Date(now).toISOString(), position: deliveries.length, deliveries: deliveries.length, in_flight: count('pending'), stuck: count('stuck'), lag_us: 900 };
    for (const line of this.lines) line.write(`event: pulse\ndata: ${JSON.stringify(pulse)}\n\n`);
  }

  private serve(request: IncomingMessage, response: ServerResponse): void {
    const address = new URL(request.url ?? '/', 'http://localhost');
    if (address.pathname === '/api/v1/live') this.openLine(response);
    else if (address.pathname.startsWith('/api/')) this.call(address, response);
    else this.file(address.pathname, response);
  }

  private openLine(response: ServerResponse): void {
    response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
    this.lines.add(response);
    response.on('close', () => this.lines.delete(response));
    this.pulse();
  }

  private call(address: URL, response: ServerResponse): void {
    const { status, body } = this.failure ?? answer(this.world, address);
    response.writeHead(status, { 'Content-Type': status < 400 ? 'application/json' : 'application/problem+json' });
    response.end(JSON.stringify(body));
  }

  private file(path: string, response: ServerResponse): void {
    const wanted = join(DIST, path);
    const file = extname(path) !== '' && existsSync(wanted) ? wanted : join(DIST, 'index.html');
    response.writeHead(200, { 'Content-Type': TYPES[extname(file)] ?? 'application/octet-stream' });
    createReadStream(file).pipe(response);
  }
}
