import { API, type ErrorReply } from "./protocol";

/** The server refused; or, with status 0, it could not be reached at all. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    /** How long to wait before the next try, in milliseconds; 0 if not said. */
    readonly retryAfter = 0,
  ) {
    super(message);
  }

  /** The same request may succeed later. */
  get temporary(): boolean {
    return this.status === 0 || this.status === 408 || this.status === 425 || this.status === 429 || this.status >= 500;
  }
}

const TIMEOUT = 20_000;

export interface Call {
  method?: "GET" | "POST" | "DELETE";
  token?: string | null;
  body?: unknown;
  /** Lets the request outlive the page, for sends just before a navigation. */
  keepalive?: boolean;
}

/** One request to the server. Throws ApiError and nothing else. */
export async function request<T>(origin: string, path: string, call: Call = {}): Promise<T> {
  const headers: Record<string, string> = {};
  if (call.token) headers["Authorization"] = `Bearer ${call.token}`;
  if (call.body !== undefined) headers["Content-Type"] = "application/json";
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), TIMEOUT);
  try {
    const response = await fetch(origin + API + path, {
      method: call.method ?? (call.body === undefined ? "GET" : "POST"),
      headers,
      body: call.body === undefined ? null : JSON.stringify(call.body),
      credentials: "omit",
      cache: "no-store",
      keepalive: call.keepalive ?? false,
      signal: abort.signal,
    });
    const text = await response.text();
    if (!response.ok) throw refusal(response, text);
    return (text ? JSON.parse(text) : undefined) as T;
  } catch (error) {
    if (error instanceof ApiError) throw error;
    throw new ApiError(0, "unreachable", String(error));
  } finally {
    clearTimeout(timer);
  }
}

/** Turns a reply that is not a success into an error. */
export function refusal(response: Pick<Response, "status" | "statusText" | "headers">, text: string): ApiError {
  let code = "";
  let message = "";
  try {
    const reply = JSON.parse(text) as ErrorReply;
    code = reply.error.code;
    message = reply.error.message;
  } catch {
    // a proxy's page, not ours
  }
  return new ApiError(response.status, code, message || response.statusText, retryAfter(response.headers.get("Retry-After")));
}

function retryAfter(header: string | null): number {
  if (!header) return 0;
  const seconds = Number(header);
  const wait = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(header) - Date.now();
  return Number.isFinite(wait) ? Math.min(Math.max(wait, 0), 5 * 60_000) : 0;
}

/** The wait before try n (from 1): doubling from half a second to 30 s, with jitter. */
export function backoff(tries: number): number {
  const full = Math.min(30_000, 500 * 2 ** Math.min(tries - 1, 10));
  return full / 2 + Math.random() * (full / 2);
}
