import { Component, createRef } from "preact";
import type { Chat } from "../chat";
import { Composer } from "./composer";
import { Header } from "./header";
import { Down } from "./icons";
import { Messages, Writing } from "./messages";
import { Rating } from "./rating";

/** Within this of the end, new lines scroll into view by themselves. */
const NEAR_END = 90;

interface PanelProps {
  chat: Chat;
  close: () => void;
}

export class Panel extends Component<PanelProps, { away: boolean; dropping: boolean }> {
  private readonly panel = createRef<HTMLDivElement>();
  private readonly scroller = createRef<HTMLDivElement>();
  private readonly field = createRef<HTMLTextAreaElement>();
  private atEnd = true;
  private wasOpened = false;
  private lastID: string | undefined;

  override componentDidMount(): void {
    this.props.chat.listen(() => this.setState({}));
  }

  override componentDidUpdate(): void {
    const { opened, transcript } = this.props.chat;
    const lastID = transcript.messages.at(-1)?.id;
    if (opened && !this.wasOpened) this.greet();
    else if (this.atEnd) this.toEnd();
    else if (lastID !== this.lastID) this.setState({ away: true });
    this.wasOpened = opened;
    this.lastID = lastID;
  }

  private greet(): void {
    this.toEnd();
    // A touch keyboard would cover the greeting, so there the panel itself takes the focus.
    if (matchMedia("(pointer: coarse)").matches) this.panel.current?.focus();
    else this.field.current?.focus();
  }

  private toEnd = (): void => {
    this.atEnd = true;
    if (this.state.away) this.setState({ away: false });
    const area = this.scroller.current;
    if (area) area.scrollTop = area.scrollHeight;
  };

  private scrolled = (): void => {
    const area = this.scroller.current;
    if (!area) return;
    this.atEnd = area.scrollHeight - area.scrollTop - area.clientHeight < NEAR_END;
    if (this.atEnd && this.state.away) this.setState({ away: false });
  };

  render({ chat, close }: PanelProps) {
    const { t, opened, notice, site } = chat;
    const { conversation, messages } = chat.transcript;
    // A system line has said so already, in its own words.
    const closed = conversation.status === "resolved" && messages.at(-1)?.author.kind !== "system";
    const trouble = chat.refused || (chat.online ? chat.unreachable && t("unreachable") : t("offline"));
    return (
      <div
        ref={this.panel}
        class={opened ? "panel open" : "panel"}
        role="dialog"
        tabIndex={-1}
        aria-label={t("chat_with", { name: site.name || site.assistant_name || t("assistant") })}
        aria-hidden={!opened}
        onKeyDown={(event) => {
          if (event.key === "Escape" && !event.isComposing) close();
        }}
        onDragOver={(event) => {
          if (!event.dataTransfer?.types.includes("Files")) return;
          event.preventDefault();
          if (!this.state.dropping) this.setState({ dropping: true });
        }}
        onDragLeave={(event) => {
          if (!(event.relatedTarget instanceof Node) || !event.currentTarget.contains(event.relatedTarget)) this.setState({ dropping: false });
        }}
        onDrop={(event) => {
          event.preventDefault();
          this.setState({ dropping: false });
          chat.uploads.add([...(event.dataTransfer?.files ?? [])]);
          this.field.current?.focus();
        }}
      >
        {this.state.dropping && <p class="dropzone">{t("drop_files")}</p>}
        <Header chat={chat} close={close} />
        {trouble && (
          <p class="banner" role="status" dir="auto">
            {trouble}
          </p>
        )}
        <div class="scroller" ref={this.scroller} tabIndex={0} role="group" aria-label={t("conversation")} onScroll={this.scrolled}>
          <div class="content">
            <Messages chat={chat} />
            <Writing chat={chat} />
            {closed && (
              <p class="closing" dir="auto">
                {t(chat.endedHere ? "ended" : "resolved")}
              </p>
            )}
            {conversation.status === "resolved" && <Rating chat={chat} />}
          </div>
        </div>
        {this.state.away && (
          <button type="button" class="newer" onClick={this.toEnd}>
            {t("new_messages")} <Down />
          </button>
        )}
        {notice && (
          <p class="banner bad" role="alert" dir="auto">
            {notice}
          </p>
        )}
        <Composer chat={chat} field={this.field} sent={this.toEnd} />
      </div>
    );
  }
}
