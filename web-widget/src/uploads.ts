import { ApiError, backoff, refusal } from "./api";
import { API, MAX_FILE, MAX_FILES, PATHS, type Attachment, type UploadReply } from "./protocol";
import { newID, type Keep } from "./storage";
import type { TextKey } from "./texts";

/** A file that waits beside the text to be sent with it. */
export interface Chip {
  key: string;
  name: string;
  size: number;
  /** 0 to 1 while the bytes go up. */
  progress: number;
  /** An address to show a picture from; empty for other files. */
  preview: string;
  file?: File;
  /** The server has it. */
  ready?: Attachment;
  /** Why it does not go, and whether another try may help. */
  problem?: TextKey;
  again?: boolean;
}

/** One file to the server; throws ApiError. Returns how to stop, too. */
export type Send = (file: File, token: string, progress: (share: number) => void) => { done: Promise<Attachment>; stop: () => void };

export interface UploadsHost {
  send: Send;
  token(): Promise<string>;
  renew(token: string): Promise<void>;
  drop(id: string): void;
  changed(): void;
}

const TRIES = 3;
const KEPT = "files";

/**
 * The files that the visitor has picked and not sent. They go up one after
 * another; those that are up outlive a reload of the page.
 */
export class Uploads {
  chips: Chip[] = [];
  private working = false;
  private stop: (() => void) | null = null;
  private current = "";

  constructor(
    private readonly keep: Keep,
    private readonly host: UploadsHost,
  ) {
    try {
      this.put(JSON.parse(keep.get(KEPT) ?? "[]") as Attachment[]);
    } catch {
      keep.remove(KEPT);
    }
  }

  /** A file is on its way. */
  get busy(): boolean {
    return this.chips.some(going);
  }

  get ready(): Attachment[] {
    return this.chips.flatMap((chip) => chip.ready ?? []);
  }

  add(files: Iterable<File>): void {
    for (const file of files) {
      const chip: Chip = { key: newID(), name: file.name || "image.png", size: file.size, progress: 0, preview: "", file };
      if (file.size > MAX_FILE) chip.problem = "file_large";
      else if (this.chips.filter((other) => other.ready || going(other)).length >= MAX_FILES) chip.problem = "file_many";
      else if (picture(file.type)) chip.preview = URL.createObjectURL(file);
      this.chips = [...this.chips, chip];
    }
    this.changed();
    void this.work();
  }

  /** Takes back what was about to be sent. */
  put(files: Attachment[]): void {
    for (const file of files) {
      if (!file.id) continue;
      const preview = picture(file.type) ? file.url : "";
      this.chips = [...this.chips, { key: file.id, name: file.name, size: file.size, progress: 1, preview, ready: file }];
    }
    this.changed();
  }

  remove(key: string): void {
    const chip = this.chips.find((other) => other.key === key);
    if (!chip) return;
    if (key === this.current) this.stop?.();
    if (chip.ready) this.host.drop(chip.ready.id);
    this.forget([chip]);
  }

  /** It says that it is a picture and cannot be drawn. */
  blank(key: string): void {
    this.set(key, { preview: "" });
  }

  retry(key?: string): void {
    for (const chip of this.chips) {
      if (chip.again && (!key || key === chip.key)) this.set(chip.key, { again: false, problem: undefined, progress: 0 });
    }
    void this.work();
  }

  /** Hands over what is up, for a message to carry. */
  take(): Attachment[] {
    const ready = this.ready;
    this.forget(this.chips.filter((chip) => chip.ready));
    return ready;
  }

  private forget(gone: Chip[]): void {
    for (const { preview } of gone) if (preview.startsWith("blob:")) URL.revokeObjectURL(preview);
    this.chips = this.chips.filter((chip) => !gone.includes(chip));
    this.changed();
  }

  private set(key: string, change: { [K in keyof Chip]?: Chip[K] | undefined }): void {
    this.chips = this.chips.map((chip) => (chip.key === key ? ({ ...chip, ...change } as Chip) : chip));
    this.changed();
  }

  private changed(): void {
    this.keep.set(KEPT, JSON.stringify(this.ready));
    this.host.changed();
  }

  private async work(): Promise<void> {
    if (this.working) return;
    this.working = true;
    for (let next = this.chips.find(going); next; next = this.chips.find(going)) await this.attempt(next);
    this.working = false;
  }

  private async attempt(chip: Chip): Promise<void> {
    const there = () => this.chips.some((other) => other.key === chip.key);
    for (let tries = 1; there(); tries++) {
      try {
        const token = await this.host.token();
        try {
          const ready = await this.transfer(chip, token);
          // Removed while it went up.
          if (there()) this.set(chip.key, { ready, progress: 1 });
          else this.host.drop(ready.id);
          return;
        } catch (error) {
          if ((error as ApiError).status === 401) await this.host.renew(token);
          throw error;
        }
      } catch (error) {
        const failure = error as ApiError;
        const again = failure.temporary || failure.status === 401;
        if (!again || tries >= TRIES || failure.code === "too_many_uploads") {
          if (there()) this.set(chip.key, { problem: problem(failure), again });
          return;
        }
        await new Promise((resolve) => setTimeout(resolve, Math.max(Math.min(failure.retryAfter, 10_000), backoff(tries))));
      }
    }
  }

  private async transfer(chip: Chip, token: string): Promise<Attachment> {
    let shown = 0;
    const { done, stop } = this.host.send(chip.file as File, token, (share) => {
      // A few steps are enough for the eye.
      if (share - shown < 0.04 && share < 1) return;
      shown = share;
      this.set(chip.key, { progress: share });
    });
    this.current = chip.key;
    this.stop = stop;
    try {
      return await done;
    } finally {
      this.current = "";
    }
  }
}

function going(chip: Chip): boolean {
  return !chip.ready && !chip.problem;
}

/** Types that browsers show. */
export function picture(type: string): boolean {
  return /^image\/(png|jpeg|gif|webp)$/.test(type);
}

function problem(error: ApiError): TextKey {
  switch (error.code) {
    case "file_too_large":
      return "file_large";
    case "image_too_large":
      return "file_pixels";
    case "too_many_uploads":
      return "file_many";
    case "empty_file":
    case "damaged_file":
      return "file_broken";
  }
  return error.status === 415 ? "file_kind" : "file_failed";
}

/** Sends with a request that tells how far it is, which fetch does not. */
export function sender(origin: string): Send {
  return (file, token, progress) => {
    const request = new XMLHttpRequest();
    const done = new Promise<Attachment>((resolve, reject) => {
      const lost = () => reject(new ApiError(0, "unreachable", ""));
      request.open("POST", origin + API + PATHS.attachments);
      request.setRequestHeader("Authorization", `Bearer ${token}`);
      request.timeout = 150_000;
      request.upload.onprogress = (event) => progress(event.loaded / (event.total || 1));
      request.onerror = request.onabort = request.ontimeout = lost;
      request.onload = () => {
        if (request.status === 201) {
          try {
            return resolve((JSON.parse(request.responseText) as UploadReply).attachment);
          } catch {
            return lost();
          }
        }
        const wait = request.getResponseHeader("Retry-After");
        reject(refusal({ status: request.status, statusText: request.statusText, headers: new Headers(wait ? { "Retry-After": wait } : {}) }, request.responseText));
      };
    });
    const form = new FormData();
    form.append("file", file, file.name || "image.png");
    request.send(form);
    return { done, stop: () => request.abort() };
  };
}
