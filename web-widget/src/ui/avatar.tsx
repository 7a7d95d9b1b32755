import { Component } from "preact";
import { safeURL } from "../html";
import { Spark } from "./icons";

interface AgentProps {
  name: string;
  url: string | undefined;
  origin: string;
}

/** An agent's picture, or initials where there is none or it cannot be shown. */
export class AgentAvatar extends Component<AgentProps, { broken: string }> {
  render({ name, url, origin }: AgentProps) {
    const src = url ? safeURL(url, origin) : null;
    if (src && src !== this.state.broken) {
      return <img class="avatar" src={src} alt="" onError={() => this.setState({ broken: src })} />;
    }
    return (
      <span class="avatar initials" aria-hidden="true">
        {initials(name)}
      </span>
    );
  }
}

export function AssistantAvatar() {
  return (
    <span class="avatar spark" aria-hidden="true">
      <Spark />
    </span>
  );
}

function initials(name: string): string {
  const words = name.trim().split(/\s+/);
  const first = [...(words[0] ?? "")][0] ?? "?";
  const last = words.length > 1 ? ([...(words.at(-1) ?? "")][0] ?? "") : "";
  return (first + last).toUpperCase();
}
