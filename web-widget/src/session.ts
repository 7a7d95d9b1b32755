import { ApiError, request, type Call } from "./api";
import type { Boot } from "./boot";
import { PATHS, type SessionReply, type SessionRequest } from "./protocol";
import { withLock, type Keep } from "./storage";

/**
 * The visitor's session: made when it is first needed, resumed with the token
 * that the browser keeps, renewed when the server no longer takes that. All
 * tabs share one token.
 */
export class Session {
  /** The server has answered at least once on this page. */
  ready = false;
  private opening: Promise<void> | null = null;

  constructor(
    private readonly boot: Boot,
    private readonly keep: Keep,
    private readonly opened: (reply: SessionReply) => void,
  ) {}

  /** Whether this browser has talked to this site before. */
  get known(): boolean {
    return this.keep.get("token") !== null;
  }

  /** A token to try. */
  async token(): Promise<string> {
    if (!this.ready || !this.known) await this.open();
    return this.keep.get("token") ?? "";
  }

  /** The server refused this token. */
  renew(token: string): Promise<void> {
    if (this.keep.get("token") === token) this.ready = false;
    return this.open();
  }

  /** Resumes the session or begins one; several callers share one request. */
  open(): Promise<void> {
    this.opening ??= withLock(`threadline:${this.boot.site}:session`, () => this.create()).finally(() => {
      this.opening = null;
    });
    return this.opening;
  }

  /** A request in the visitor's name, repeated once with a fresh token if need be. */
  async call<T>(path: string, body?: unknown, keepalive = false, method?: Call["method"]): Promise<T> {
    const token = await this.token();
    try {
      return await request<T>(this.boot.origin, path, { token, body, keepalive, ...(method && { method }) });
    } catch (error) {
      if ((error as ApiError).status !== 401) throw error;
      await this.renew(token);
      return request<T>(this.boot.origin, path, { token: this.keep.get("token"), body, keepalive, ...(method && { method }) });
    }
  }

  private async create(): Promise<void> {
    const body: SessionRequest = {
      site: this.boot.site,
      page_url: location.href,
      referrer: document.referrer,
      locale: navigator.language || "en",
      visitor: { attributes: { timezone: Intl.DateTimeFormat().resolvedOptions().timeZone || "" } },
    };
    const token = this.keep.get("token");
    let reply: SessionReply;
    try {
      reply = await request<SessionReply>(this.boot.origin, PATHS.sessions, { body, token });
    } catch (error) {
      if (!token || (error as ApiError).status !== 401) throw error;
      // Forged, or its visitor was erased: begin anew; unsent lines go along.
      if (this.keep.get("token") === token) this.keep.remove("token");
      reply = await request<SessionReply>(this.boot.origin, PATHS.sessions, { body });
    }
    this.keep.set("token", reply.token);
    this.ready = true;
    this.opened(reply);
  }
}
