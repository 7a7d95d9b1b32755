// The panel and all behind it. The loader fetches this script when it is wanted.

import { render } from "preact";
import { BOOT, type Boot, type Controls } from "./boot";
import { Chat } from "./chat";
import messages from "./messages.css";
import panel from "./panel.css";
import { adopt } from "./sheet";
import { Panel } from "./ui/panel";

const PHONE = "(max-width: 480px)";

function mount(boot: Boot): Controls {
  adopt(boot.root, panel + messages);
  const place = document.createElement("div");
  boot.frame.prepend(place);
  const chat = new Chat(boot);
  const { launcher, badge, frame } = boot;

  let started = false;
  const start = () => {
    if (started) return;
    started = true;
    void chat.start();
  };
  const controls: Controls = {
    open() {
      start();
      launcher.removeAttribute("aria-busy");
      if (!chat.opened) chat.setOpened(true);
    },
    close() {
      if (!chat.opened) return;
      chat.setOpened(false);
      launcher.focus();
    },
    toggle() {
      if (chat.opened) controls.close();
      else controls.open();
    },
  };

  render(<Panel chat={chat} close={controls.close} />, place);
  chat.listen(() => {
    launcher.setAttribute("aria-expanded", String(chat.opened));
    frame.classList.toggle("opened", chat.opened);
    const unread = chat.opened ? 0 : chat.unread;
    badge.hidden = unread === 0;
    badge.textContent = unread > 99 ? "99+" : String(unread);
    launcher.setAttribute("aria-label", chat.opened ? chat.t("close") : unread ? chat.t("open_unread", { n: unread }) : chat.t("open"));
  });

  // A touch keyboard shrinks only the visual viewport; the full-screen panel follows it.
  const view = window.visualViewport;
  const fit = () => {
    if (!view) return;
    frame.style.setProperty("--view-height", `${view.height}px`);
    frame.style.setProperty("--view-top", `${view.offsetTop}px`);
  };
  view?.addEventListener("resize", fit);
  view?.addEventListener("scroll", fit);
  fit();

  if (chat.known) start();
  if (boot.wanted || (chat.known && chat.wasOpened && !matchMedia(PHONE).matches)) controls.open();
  return controls;
}

const boot = window[BOOT];
if (boot && !boot.app) boot.app = mount(boot);
