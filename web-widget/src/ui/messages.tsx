import { Fragment, type ComponentChildren } from "preact";
import type { Boot } from "../boot";
import type { Chat } from "../chat";
import { fromHTML, link } from "../html";
import type { Pending } from "../outbox";
import type { Author, Message, Source } from "../protocol";
import type { Translate } from "../texts";
import { AgentAvatar, AssistantAvatar } from "./avatar";
import { Attached } from "./files";
import { Book, Check, Thumb } from "./icons";

/** A pause this long shows the author and the time again. */
const GROUP = 5 * 60_000;

export function Messages({ chat }: { chat: Chat }) {
  const { messages } = chat.transcript;
  const lastVisitor = messages.filter((message) => message.author.kind === "visitor").at(-1);
  return (
    <div class="log" role="log" aria-live="polite" aria-label={chat.t("messages")}>
      <Greeting chat={chat} />
      {messages.map((message, i) => (
        <Fragment key={message.id}>
          {newDay(messages[i - 1], message) && <p class="day">{day(message.created_at)}</p>}
          <Line
            chat={chat}
            message={message}
            first={!together(messages[i - 1], message)}
            last={!together(message, messages[i + 1])}
            seen={message === lastVisitor && message.seq <= chat.transcript.seen}
          />
        </Fragment>
      ))}
      {chat.pending().map((item) => (
        <Unsent key={item.clientID} chat={chat} item={item} />
      ))}
    </div>
  );
}

/** What is being written now: the AI's answer as it grows, or the dots. */
export function Writing({ chat }: { chat: Chat }) {
  const { t, transcript } = chat;
  const drafts = transcript.drafts.filter((draft) => draft.text);
  const busy = transcript.typing();
  // The assistant at work looks the same whether we guess it or are told.
  const typist = busy?.kind === "assistant" ? null : busy;
  const awaited = chat.awaited || (!!busy && !typist);
  const assistant: Author = { kind: "assistant", name: chat.site.assistant_name || t("assistant") };
  return (
    <div class="writing">
      {drafts.map((draft) => (
        <Row key={draft.replyID} chat={chat} author={assistant} first last>
          <div class="bubble" aria-hidden="true">
            <div dir="auto">
              {draft.text}
              <span class="caret" />
            </div>
          </div>
        </Row>
      ))}
      {!drafts.length && awaited && (
        <Row chat={chat} author={assistant} first last>
          <Dots />
        </Row>
      )}
      {typist && (
        <Row chat={chat} author={typist} first last>
          <Dots text={t("typing", { name: typist.name || "" })} />
        </Row>
      )}
      <span class="sr" role="status">
        {typist ? t("typing", { name: typist.name || "" }) : drafts.length || awaited ? t("writing", { name: assistant.name ?? "" }) : ""}
      </span>
    </div>
  );
}

function Dots({ text }: { text?: string }) {
  return (
    <div class="bubble dots" aria-hidden="true">
      {text && <span dir="auto">{text}</span>}
      <i />
      <i />
      <i />
    </div>
  );
}

function Greeting({ chat }: { chat: Chat }) {
  if (!chat.ready) return null;
  return (
    <Row chat={chat} author={{ kind: "assistant", name: chat.site.assistant_name || chat.t("assistant") }} first last>
      <div class="bubble">
        <div dir="auto">{chat.t("greeting")}</div>
      </div>
    </Row>
  );
}

interface LineProps {
  chat: Chat;
  message: Message;
  first: boolean;
  last: boolean;
  seen: boolean;
}

function Line({ chat, message, first, last, seen }: LineProps) {
  const { t, boot } = chat;
  const { name, avatar_url } = message.author;
  // The visitor's own words stand as typed, every space of them.
  const rich = message.author.kind === "visitor" ? null : parsed(message, boot);
  if (message.author.kind === "system") {
    return (
      <div class="system" dir="auto">
        {avatar_url && <AgentAvatar name={name ?? ""} url={avatar_url} origin={boot.origin} />}
        {rich ?? message.text}
      </div>
    );
  }
  return (
    <Row chat={chat} author={message.author} first={first} last={last}>
      {(message.text || !message.attachments?.length) && (
        <div class="bubble">
          <div dir="auto" class={rich ? "rich" : ""}>
            {rich ?? message.text}
          </div>
        </div>
      )}
      {message.attachments?.map((file) => <Attached key={file.id} file={file} origin={boot.origin} t={t} />)}
      {!!message.sources?.length && <Sources sources={message.sources} origin={boot.origin} t={t} />}
      {(last || seen || message.edited_at || message.author.kind === "assistant") && (
        <p class="meta">
          {last && <time dir="auto" dateTime={message.created_at}>{clock(message.created_at)}</time>}
          {message.edited_at && <span>{t("edited")}</span>}
          {seen && (
            <span class="seen">
              <Check /> {t("seen")}
            </span>
          )}
          {message.author.kind === "assistant" &&
            [true, false].map((yes) => (
              <button
                type="button"
                class={yes ? "thumb" : "thumb down"}
                aria-label={t(yes ? "helpful" : "unhelpful")}
                title={t(yes ? "helpful" : "unhelpful")}
                aria-pressed={message.helpful === yes}
                onClick={() => void chat.judge(message, yes)}
              >
                <Thumb />
              </button>
            ))}
        </p>
      )}
    </Row>
  );
}

interface RowProps {
  chat: Chat;
  author: Author;
  first: boolean;
  last: boolean;
  children: ComponentChildren;
}

function Row({ chat, author, first, last, children }: RowProps) {
  const { t } = chat;
  const { kind } = author;
  const name = author.name || (kind === "assistant" ? chat.site.assistant_name || t("assistant") : "");
  return (
    <div class={`row ${kind}${first ? " first" : ""}`}>
      {kind !== "visitor" && (
        <span class="side">
          {last && (kind === "agent" ? <AgentAvatar name={name} url={author.avatar_url} origin={chat.boot.origin} /> : <AssistantAvatar />)}
        </span>
      )}
      <div class="stack">
        {kind === "visitor" ? (
          <span class="sr">{t("you")}</span>
        ) : (
          first && (
            <p class="name">
              <bdi>{name}</bdi>
              {kind === "assistant" ? <span class="chip">{t("ai_label")}</span> : author.title && <bdi class="role">{author.title}</bdi>}
            </p>
          )
        )}
        {children}
      </div>
    </div>
  );
}

function Sources({ sources, origin, t }: { sources: Source[]; origin: string; t: Translate }) {
  return (
    <ul class="sources" aria-label={t("sources")}>
      {sources.map((source) => (
        <li key={source.title + source.url} dir="auto">
          {link(
            source.url,
            <>
              <Book />
              <span>{source.title || source.url}</span>
            </>,
            origin,
          )}
        </li>
      ))}
    </ul>
  );
}

function Unsent({ chat, item }: { chat: Chat; item: Pending }) {
  const { t } = chat;
  const edit = () => {
    chat.compose(item.text);
    chat.uploads.put(item.files ?? []);
    chat.discard(item.clientID);
  };
  return (
    <div class={`row visitor first unsent${item.refused ? " refused" : ""}`}>
      <div class="stack">
        <span class="sr">{t("you")}</span>
        {item.text.trim() && (
          <div class="bubble">
            <div dir="auto">{item.text}</div>
          </div>
        )}
        {item.files?.map((file) => <Attached key={file.id} file={file} origin={chat.boot.origin} t={t} />)}
        <p class="meta">
          {item.refused ? (
            <>
              <span class="problem">
                {t("refused")}: {item.refused}
              </span>
              <button type="button" class="text" onClick={edit}>
                {t("edit")}
              </button>
              <button type="button" class="text" onClick={() => chat.discard(item.clientID)}>
                {t("discard")}
              </button>
            </>
          ) : item.tries ? (
            <>
              <span class="problem">{t("unsent")}</span>
              <button type="button" class="text" onClick={() => chat.retry()}>
                {t("retry")}
              </button>
            </>
          ) : (
            <span>{t("sending")}</span>
          )}
        </p>
      </div>
    </div>
  );
}

/** Each message is parsed once; an edit is another object. */
const parses = new WeakMap<Message, ComponentChildren>();

function parsed(message: Message, boot: Boot): ComponentChildren {
  if (!parses.has(message)) parses.set(message, message.html ? fromHTML(message.html, boot.policy) : null);
  return parses.get(message);
}

function together(a: Message | undefined, b: Message | undefined): boolean {
  if (!a || !b || a.author.kind !== b.author.kind || a.author.name !== b.author.name) return false;
  return Math.abs(Date.parse(b.created_at) - Date.parse(a.created_at)) < GROUP;
}

function newDay(before: Message | undefined, message: Message): boolean {
  const at = new Date(message.created_at).toDateString();
  return before ? new Date(before.created_at).toDateString() !== at : new Date().toDateString() !== at;
}

function day(iso: string): string {
  return new Date(iso).toLocaleDateString(undefined, { weekday: "long", month: "long", day: "numeric" });
}

function clock(iso: string): string {
  return new Date(iso).toLocaleTimeString(undefined, { hour: "numeric", minute: "2-digit" });
}
