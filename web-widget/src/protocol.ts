// The visitor's HTTP interface, version 1, as the widget speaks it: every
// path, every event name and every shape. The server's tests compare the
// names in this file with its own, so each list stays a plain literal.

export const API = "/api/v1";

export const PATHS = {
  sessions: "/sessions",
  messages: "/messages",
  events: "/events",
  handoff: "/handoff",
  end: "/end",
  typing: "/typing",
  seen: "/seen",
  attachments: "/attachments",
  rating: "/rating",
  feedback: "/feedback",
} as const;

/** Events that bear an id (the conversation's rev) and come again on resume. */
export const REPLAYED_EVENTS = ["message", "message_updated", "message_deleted", "conversation"] as const;

/** Events of the moment: no id, never replayed. */
export const PASSING_EVENTS = ["delta", "delta_cancelled", "typing", "seen"] as const;

export type ReplayedEvent = (typeof REPLAYED_EVENTS)[number];
export type PassingEvent = (typeof PASSING_EVENTS)[number];
export type EventName = ReplayedEvent | PassingEvent;

export const STATUSES = ["automatic", "queued", "assigned", "resolved"] as const;
export type Status = (typeof STATUSES)[number];

export const AUTHOR_KINDS = ["visitor", "assistant", "agent", "system"] as const;
export type AuthorKind = (typeof AUTHOR_KINDS)[number];

/** Longest text of one message, in code points. */
export const MAX_TEXT = 8000;

/** Largest file in bytes, and how many a message carries. */
export const MAX_FILE = 10485760;
export const MAX_FILES = 10;

export interface Author {
  kind: AuthorKind;
  name?: string;
  title?: string;
  avatar_url?: string;
}

export interface Attachment {
  id: string;
  name: string;
  type: string;
  size: number;
  url: string;
  /** Of a picture, in pixels. */
  width?: number;
  height?: number;
}

export interface UploadReply {
  attachment: Attachment;
}

export interface Source {
  title: string;
  url: string;
}

export interface Message {
  id: string;
  seq: number;
  author: Author;
  text: string;
  html: string;
  attachments?: Attachment[] | null;
  sources?: Source[] | null;
  client_id?: string;
  reply_id?: string;
  order: string;
  rev: number;
  created_at: string;
  edited_at?: string | null;
  deleted?: boolean;
  /** What the visitor said of an answer. */
  helpful?: boolean | null;
}

export interface RatingGiven {
  score: number;
  comment: string;
}

export interface Agent {
  name: string;
  title?: string;
  avatar_url?: string;
}

export interface Conversation {
  id: string;
  status: Status;
  agent: Agent | null;
  expectation: string;
  epoch: number;
  rev: number;
  /** The visitor's, of the present episode. */
  rating?: RatingGiven | null;
}

export interface Site {
  id?: string;
  name?: string;
  assistant_name?: string;
  theme?: { accent?: string };
  texts?: Record<string, string | undefined>;
}

export interface SessionRequest {
  site: string;
  page_url: string;
  referrer: string;
  locale: string;
  visitor: { attributes: { timezone: string } };
}

export interface SessionReply {
  token: string;
  visitor_id: string;
  conversation_id: string;
  conversation: Conversation;
  messages: Message[] | null;
  site: Site | null;
}

export interface SendRequest {
  client_id: string;
  text: string;
  page_url: string;
  attachment_ids: string[];
}

export interface SendReply {
  message: Message;
}

export interface MessagesReply {
  messages: Message[] | null;
  conversation: Conversation;
  more: boolean;
}

/** A piece of an AI answer being written; offset counts code points. */
export interface Delta {
  reply_id: string;
  epoch: number;
  offset: number;
  text: string;
}

export interface DeltaCancelled {
  reply_id: string;
}

export interface Typing {
  author: Author;
  typing: boolean;
}

export interface Seen {
  seq: number;
  by: "agent";
}

/** What each event carries. */
export interface EventData {
  message: Message;
  message_updated: Message;
  message_deleted: Message;
  conversation: Conversation;
  delta: Delta;
  delta_cancelled: DeltaCancelled;
  typing: Typing;
  seen: Seen;
}

export interface ErrorReply {
  error: { code: string; message: string };
}
