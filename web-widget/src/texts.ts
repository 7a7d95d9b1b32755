import type { ApiError } from "./api";
import type { Site } from "./protocol";

const ENGLISH = {
  greeting: "Hello! How can we help you today?",
  queued_notice: "A person was asked for. Until one joins, answers come from an AI assistant.",
  ai_notice: "You are chatting with an AI assistant. You can ask for a person at any time.",
  agent_notice: "You are chatting with {name}, a person from our team.",
  placeholder: "Write a message…",
  talk_to_person: "Talk to a person",
  waiting: "We have asked our team for someone to join you.",
  resolved: "This chat is resolved. Write again to continue with the assistant.",
  ended: "You ended this chat. Write again any time to continue with the assistant.",
  assistant: "Assistant",
  assistant_title: "AI assistant",
  ai_label: "AI",
  you: "You",
  open: "Open chat",
  open_unread: "Open chat, {n} new",
  close: "Close chat",
  chat_with: "Chat with {name}",
  conversation: "Conversation",
  messages: "Messages",
  message_label: "Your message",
  send: "Send",
  connecting: "Connecting…",
  connecting_person: "Asking for a person…",
  waiting_title: "Person requested",
  waiting_button: "Waiting for a person",
  with_agent: "You are with {name}",
  resolved_title: "Chat resolved",
  end: "End chat",
  end_question: "End this chat?",
  end_confirm: "End chat",
  end_cancel: "Keep chatting",
  offline: "You are offline. What you write is kept and sent when you are back.",
  unreachable: "We cannot reach the chat just now. What you write is kept and sent as soon as we can.",
  sending: "Sending…",
  unsent: "Not sent yet – trying again",
  retry: "Retry now",
  refused: "Not sent",
  edit: "Edit",
  discard: "Discard",
  attach: "Attach files",
  files: "Files to send",
  drop_files: "Drop files here to attach them",
  uploading: "Uploading, {n}%",
  remove_file: "Remove {name}",
  retry_file: "Try {name} again",
  file_large: "Larger than 10 MB",
  file_pixels: "This picture has too many pixels",
  file_kind: "Files of this kind cannot be sent",
  file_many: "That is more than can be sent at once",
  file_broken: "The file is empty or damaged",
  file_failed: "Could not be uploaded",
  new_messages: "New messages",
  sources: "Sources",
  typing: "{name} is looking into it",
  writing: "{name} is writing an answer",
  edited: "edited",
  seen: "Seen",
  new_tab: "opens in a new tab",
  helpful: "Helpful",
  unhelpful: "Not helpful",
  rate: "How was this chat?",
  stars: "{n} of 5",
  rate_comment: "What should we know? (optional)",
  rate_send: "Send rating",
  rated: "Thank you for your rating.",
  opinion_failed: "That was not saved. Please try again.",
  left: "{n} characters left",
  over: "{n} characters too many",
  handoff_failed: "That did not go through. Please press again.",
  end_failed: "The chat could not be ended. Please try again.",
  error_too_long: "This message is too long.",
  error_conflict: "This message was already sent with other words.",
  error_empty: "This message is empty.",
  error_site: "The chat is not available on this page.",
  error_file: "A file of this message is no longer there. Please attach it again.",
  error_other: "The message was not accepted.",
};

export type TextKey = keyof typeof ENGLISH;
export type Translate = (key: TextKey, values?: Record<string, string | number>) => string;

/** The site's wording where it has one, English elsewhere. */
export function translator(site: Site): Translate {
  return (key, values) => {
    const fill = (text: string) => text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values?.[name] ?? whole));
    const text = fill(site.texts?.[key] || ENGLISH[key]);
    // A wording for another place, with a name that is not known here.
    return /\{\w+\}/.test(text) ? fill(ENGLISH[key]) : text;
  };
}

/** Why the server refused a message, for the visitor. */
export function explain(t: Translate, error: ApiError): string {
  if (error.code === "unknown_attachment") return t("error_file");
  switch (error.status) {
    case 413:
      return t("error_too_long");
    case 409:
      return t("error_conflict");
    case 422:
      return t("error_empty");
    case 403:
    case 404:
      return t("error_site");
    default:
      return t("error_other");
  }
}
