import { Component, createRef } from "preact";
import type { Chat } from "../chat";
import { link, safeURL } from "../html";
import type { Attachment } from "../protocol";
import type { Translate } from "../texts";
import { picture, type Chip } from "../uploads";
import { Close, File, Retry } from "./icons";

interface AttachedProps {
  file: Attachment;
  origin: string;
  t: Translate;
}

/** A file of a message: a picture if it is one and can be shown, else its name. */
export class Attached extends Component<AttachedProps, { broken: boolean }> {
  render({ file, origin, t }: AttachedProps) {
    const src = picture(file.type) && !this.state.broken ? safeURL(file.url, origin) : null;
    return (
      <p class={src ? "file shown" : "file"} dir="auto">
        {link(
          file.url,
          src ? (
            <img src={src} alt={file.name} width={file.width} height={file.height} loading="lazy" onError={() => this.setState({ broken: true })} />
          ) : (
            <>
              <File />
              <span>
                {file.name} <small>{size(file.size)}</small>
              </span>
              <span class="sr">({t("new_tab")})</span>
            </>
          ),
          origin,
        )}
      </p>
    );
  }
}

/** What will be sent with the text: progress, trouble, and a way out. */
export function Chips({ chat }: { chat: Chat }) {
  const { chips } = chat.uploads;
  if (!chips.length) return null;
  return (
    <ul class="chips" aria-label={chat.t("files")}>
      {chips.map((chip) => (
        <One key={chip.key} chat={chat} chip={chip} />
      ))}
    </ul>
  );
}

class One extends Component<{ chat: Chat; chip: Chip }> {
  private readonly row = createRef<HTMLLIElement>();

  override componentDidMount(): void {
    this.componentDidUpdate({ chip: { problem: undefined } });
  }

  /** A refusal comes into view, however long the list is. */
  override componentDidUpdate(before: { chip: { problem?: unknown } }): void {
    if (this.props.chip.problem && !before.chip.problem) this.row.current?.scrollIntoView({ block: "nearest" });
  }

  render({ chat, chip }: { chat: Chat; chip: Chip }) {
    const { t, uploads } = chat;
    const { name, preview, problem, progress, ready } = chip;
    const percent = Math.round(progress * 100);
    return (
      <li ref={this.row} class={problem ? "filechip bad" : "filechip"}>
        {preview ? <img src={preview} alt="" onError={() => uploads.blank(chip.key)} /> : <File />}
        <span class="filename">
          <bdi>{name}</bdi>
          <small role={problem ? "alert" : undefined}>{problem ? t(problem) : ready ? size(chip.size) : t("uploading", { n: percent })}</small>
          {!ready && !problem && <progress max={1} value={progress} aria-label={name} />}
        </span>
        {chip.again && (
          <button type="button" class="mini" aria-label={t("retry_file", { name })} onClick={() => uploads.retry(chip.key)}>
            <Retry />
          </button>
        )}
        <button type="button" class="mini" aria-label={t("remove_file", { name })} onClick={() => uploads.remove(chip.key)}>
          <Close />
        </button>
      </li>
    );
  }
}

export function size(bytes: number): string {
  return bytes < 1_000_000 ? `${Math.max(1, Math.round(bytes / 1000))} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
