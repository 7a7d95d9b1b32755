import type { Chat } from "../chat";
import { AgentAvatar, AssistantAvatar } from "./avatar";
import { Close, Person } from "./icons";

/** Whom the visitor is talking to, and that an AI is one. */
export function Header({ chat, close }: { chat: Chat; close: () => void }) {
  const { t, transcript, boot } = chat;
  const { status, agent, expectation } = transcript.conversation;
  const assistant = chat.site.assistant_name || t("assistant");

  let picture = <AssistantAvatar />;
  let title = assistant;
  let line = t("assistant_title");
  let notice = t("ai_notice");
  let state: string = status;
  if (!chat.ready) {
    state = "connecting";
    line = t("connecting");
  } else if (status === "queued" || chat.asking) {
    state = "queued";
    picture = (
      <span class="avatar waiting" aria-hidden="true">
        <Person />
      </span>
    );
    title = t("waiting_title");
    notice = t("queued_notice");
    line = chat.asking && status !== "queued" ? t("connecting_person") : expectation || t("waiting");
  } else if (status === "assigned" && agent) {
    picture = <AgentAvatar name={agent.name} url={agent.avatar_url} origin={boot.origin} />;
    title = agent.name;
    line = agent.title || chat.site.name || "";
    notice = t("agent_notice", { name: agent.name });
  } else if (status === "resolved") {
    line = t("resolved_title");
  }

  return (
    <div class={`header ${state}`}>
      <div class="who">
        <span class="picture">
          {picture}
          <span class="dot" />
        </span>
        <div class="names" role="status">
          <h2 class="title">
            <bdi>{title}</bdi>
          </h2>
          {line && (
            <p class="line">
              <bdi>{line}</bdi>
            </p>
          )}
        </div>
        <button type="button" class="plain" aria-label={t("close")} onClick={close}>
          <Close />
        </button>
      </div>
      <p class="notice">
        <bdi>{notice}</bdi>
      </p>
    </div>
  );
}
