// SPDX-License-Identifier: Apache-2.0
/** The one fetch of the UI. Every resource file goes through it. */

const BASE = '/api/v1';

/** What went wrong, in the server's own words where it gave any. */
export class ApiError extends Error {
  readonly status: number;
  readonly title: string;

  constructor(status: number, title: string, detail: string) {
    super(detail);
    this.status = status;
    this.title = title;
  }
}

interface ProblemWire {
  readonly title?: string;
  readonly detail?: string;
  readonly errors?: readonly { readonly message?: string; readonly location?: string }[] | null;
}

/** Reads JSON. Throws ApiError: status 0 when no server answered. */
export async function request<Body>(path: string, query: URLSearchParams, signal: AbortSignal): Promise<Body> {
  const search = query.toString();
  const response = await reach(`${BASE}${path}${search === '' ? '' : `?${search}`}`, signal);
  if (!response.ok) throw await problemOf(response);
  const body: Body = await response.json();
  return body;
}

export const liveAddress = `${BASE}/live`;

async function reach(address: string, signal: AbortSignal): Promise<Response> {
  try {
    return await fetch(address, { signal, headers: { Accept: 'application/json, application/problem+json' } });
  } catch (cause) {
    if (signal.aborted) throw cause;
    throw new ApiError(0, 'Hopstamp does not answer', 'Check that `hopstamp serve` runs and that this machine can reach it. The page tries again by itself.');
  }
}

async function problemOf(response: Response): Promise<ApiError> {
  const problem = await response
    .json()
    .then((body: ProblemWire): ProblemWire => body)
    .catch((): ProblemWire => ({}));
  const details = (problem.errors ?? []).map((error) => [error.location, error.message].filter(Boolean).join(': '));
  const title = problem.title || `The server answered ${response.status}`;
  const detail = problem.detail || 'Look at the output of `hopstamp serve` for the cause.';
  return new ApiError(response.status, title, [detail, ...details].join(' '));
}
