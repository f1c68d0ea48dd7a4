// SPDX-License-Identifier: Apache-2.0

import { createServer } from 'node:http';
import { once } from 'node:events';

/** openVendor starts a third party that answers /STATUS with that status, and knows no telemetry. */
export async function openVendor() {
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(Number(request.url.slice(1))).end();
  });
  server.listen(0, 'localhost');
  await once(server, 'listening');
  return server;
}
