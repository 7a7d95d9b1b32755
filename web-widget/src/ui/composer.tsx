import { Component, type RefObject } from "preact";
import type { Chat } from "../chat";
import { MAX_TEXT } from "../protocol";
import { Actions } from "./actions";
import { Send } from "./icons";

/** The counter appears this close to the limit. */
const NEAR = 500;
const TALLEST = 132;

interface ComposerProps {
  chat: Chat;
  field: RefObject<HTMLTextAreaElement | null>;
  /** The visitor sent a line: the newest end is of interest. */
  sent: () => void;
}

export class Composer extends Component<ComposerProps> {
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
    if (!sendable(chat.composed)) return;
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
        <div class="field">
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
            onKeyDown={(event) => {
              if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
              event.preventDefault();
              this.submit();
            }}
          />
          <button type="submit" class="send" aria-label={t("send")} aria-disabled={!sendable(composed)}>
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

function sendable(text: string): boolean {
  return text.trim() !== "" && [...text].length <= MAX_TEXT;
}
