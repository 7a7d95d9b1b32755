import { Component } from "preact";
import type { Chat } from "../chat";
import { MAX_TEXT } from "../protocol";
import { Star } from "./icons";

const SCORES = [1, 2, 3, 4, 5];

/** Asks what a chat was like once it is over. */
export class Rating extends Component<{ chat: Chat }, { score: number; comment: string; sending: boolean }> {
  override state = { score: 0, comment: "", sending: false };

  private send = async (event: Event): Promise<void> => {
    event.preventDefault();
    const { score, comment, sending } = this.state;
    if (sending) return;
    this.setState({ sending: true });
    await this.props.chat.rate({ score, comment: comment.trim() });
    this.setState({ sending: false });
  };

  render({ chat }: { chat: Chat }) {
    const { t } = chat;
    const { rating } = chat.transcript.conversation;
    const { score, comment } = this.state;
    return (
      <form class="rating" onSubmit={(event) => void this.send(event)}>
        <p role="status">{rating ? t("rated") : ""}</p>
        {!rating && (
          <fieldset>
            <legend>{t("rate")}</legend>
            {SCORES.map((n) => (
              <label key={n} class={n <= score ? "on" : ""}>
                <input type="radio" class="sr" name="score" aria-label={t("stars", { n })} checked={n === score} onChange={() => this.setState({ score: n })} />
                <Star />
              </label>
            ))}
          </fieldset>
        )}
        {!rating && score > 0 && (
          <>
            <textarea
              rows={2}
              maxLength={MAX_TEXT}
              dir="auto"
              aria-label={t("rate_comment")}
              placeholder={t("rate_comment")}
              value={comment}
              onInput={(event) => this.setState({ comment: event.currentTarget.value })}
            />
            <button type="submit" class="pill">
              {t("rate_send")}
            </button>
          </>
        )}
      </form>
    );
  }
}
