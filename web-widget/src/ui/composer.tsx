import { Component, createRef, type RefObject } from "preact";
import type { Chat } from "../chat";
import { MAX_TEXT } from "../protocol";
import { Actions } from "./actions";
import { Chips } from "./files";
import { Clip, Send } from "./icons";

/** The counter appears this close to the limit. */
const NEAR = 500;
const TALLEST = 132;
/** What the picker offers first; the server judges by what is in a file. */
const KINDS = "image/png,image/jpeg,image/gif,image/webp,image/heic,.pdf,.txt,.csv,.doc,.docx,.xls,.xlsx,.ppt,.pptx,.odt,.ods,.odp";

interface ComposerProps {
  chat: Chat;
  field: RefObject<HTMLTextAreaElement | null>;
  /** The visitor sent a line: the newest end is of interest. */
  sent: () => void;
}

export class Composer extends Component<ComposerProps> {
  private readonly picker = createRef<HTMLInputElement>();
  private readonly focus = (): void => this.props.field.current?.focus();

  override componentDidMount(): void {
    this.componentDidUpdate();
  }

  override componentDidUpdate(): void {
    const area = this.props.field.current;
    if (!area) return;
    area.style.height = "auto";
    // A long placeholder is not a reason to grow.
    if (area.value) area.style.height = `${Math.min(area.scrollHeight, TALLEST)}px`;
  }

  private submit(): void {
    const { chat, sent } = this.props;
    if (!sendable(chat)) return;
    chat.send(chat.composed);
    chat.compose("");
    sent();
    this.focus();
  }

  render({ chat, field }: ComposerProps) {
    const { t, composed } = chat;
    const left = MAX_TEXT - [...composed].length;
    return (
      <form
        class="composer"
        onSubmit={(event) => {
          event.preventDefault();
          this.submit();
        }}
      >
        <Chips chat={chat} />
        <div class="field">
          <button type="button" class="clip" aria-label={t("attach")} title={t("attach")} onClick={() => this.picker.current?.click()}>
            <Clip />
          </button>
          <input
            ref={this.picker}
            type="file"
            multiple
            hidden
            accept={KINDS}
            aria-label={t("attach")}
            onChange={(event) => {
              chat.uploads.add([...(event.currentTarget.files ?? [])]);
              event.currentTarget.value = "";
              this.focus();
            }}
          />
          <textarea
            ref={field}
            rows={1}
            dir="auto"
            value={composed}
            placeholder={t("placeholder")}
            aria-label={t("message_label")}
            aria-describedby="left"
            aria-invalid={left < 0}
            enterkeyhint="send"
            onInput={(event) => {
              chat.compose(event.currentTarget.value);
              chat.typing();
            }}
            onPaste={(event) => {
              const files = [...(event.clipboardData?.files ?? [])];
              // A copied table is a picture too; its words are wanted.
              if (!files.length || event.clipboardData?.getData("text/plain")) return;
              event.preventDefault();
              chat.uploads.add(files);
            }}
            onKeyDown={(event) => {
              if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
              event.preventDefault();
              this.submit();
            }}
          />
          <button type="submit" class="send" aria-label={t("send")} aria-disabled={!sendable(chat)}>
            <Send />
          </button>
        </div>
        <p id="left" class={left < 0 ? "left over" : "left"} hidden={left > NEAR}>
          {left < 0 ? t("over", { n: -left }) : t("left", { n: left })}
        </p>
        <Actions chat={chat} focus={this.focus} />
      </form>
    );
  }
}

function sendable({ composed, uploads }: Chat): boolean {
  return (composed.trim() !== "" || uploads.ready.length > 0) && !uploads.busy && [...composed].length <= MAX_TEXT;
}
