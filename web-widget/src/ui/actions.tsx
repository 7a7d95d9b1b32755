import { Component } from "preact";
import type { Chat } from "../chat";
import { Person } from "./icons";

interface ActionsProps {
  chat: Chat;
  /** Puts the focus back where one writes. */
  focus: () => void;
}

/** A person is one press away, and so is the end. */
export class Actions extends Component<ActionsProps, { confirming: boolean }> {
  render({ chat, focus }: ActionsProps) {
    const { t, asking, ready, transcript } = chat;
    const { status, agent } = transcript.conversation;
    const begun = status !== "resolved" && transcript.messages.length > 0;
    if (this.state.confirming && begun) {
      const done = () => {
        this.setState({ confirming: false });
        focus();
      };
      return (
        <div
          class="actions confirm"
          role="group"
          aria-label={t("end_question")}
          onKeyDown={(event) => {
            if (event.key !== "Escape") return;
            event.stopPropagation();
            done();
          }}
        >
          <span>{t("end_question")}</span>
          <button type="button" class="pill" ref={focused} onClick={done}>
            {t("end_cancel")}
          </button>
          <button
            type="button"
            class="pill danger"
            onClick={() => {
              done();
              void chat.end();
            }}
          >
            {t("end_confirm")}
          </button>
        </div>
      );
    }
    const waiting = asking || status === "queued";
    const held = status === "assigned";
    return (
      <div class="actions">
        <button type="button" class="pill person" aria-disabled={waiting || held || !ready} onClick={() => void chat.handoff()}>
          <Person />
          {waiting ? t("waiting_button") : held && agent ? t("with_agent", { name: agent.name }) : t("talk_to_person")}
        </button>
        {begun && (
          <button type="button" class="text" onClick={() => this.setState({ confirming: true })}>
            {t("end")}
          </button>
        )}
      </div>
    );
  }
}

function focused(button: HTMLButtonElement | null): void {
  button?.focus();
}
