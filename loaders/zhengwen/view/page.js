"use strict";
(() => {
  const root = document.documentElement;
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const one = (selector) => document.querySelector(selector);
  const index = one("#index");
  const opener = one(".open-index");
  const chosen = one(".chosen");
  const smooth = matchMedia("(prefers-reduced-motion: no-preference)");
  const shown = (element) => element.getClientRects().length > 0;
  const word = (value) => `~="${CSS.escape(value)}"`;

  // The text that stands at the top of the window, and how far from it.
  const anchor = () => {
    const top = one(".bar").getBoundingClientRect().bottom;
    const sentence = all(".s").find((each) => shown(each) && each.getBoundingClientRect().bottom > top);
    return sentence && { id: sentence.dataset.id, top: sentence.getBoundingClientRect().top };
  };
  const sentences = (id) => all(`.s[data-id="${CSS.escape(id)}"]`);
  const keepPlace = (change) => {
    const before = root.scrollTop > one(".mast").offsetHeight ? anchor() : null;
    change();
    const now = before && sentences(before.id).find(shown);
    if (now) scrollBy({ top: now.getBoundingClientRect().top - before.top, behavior: "instant" });
  };

  const setView = (view) => {
    if (root.dataset.view === view) return;
    one(`input[name="view"][value="${view}"]`).checked = true;
    keepPlace(() => { root.dataset.view = view; });
  };

  const openIndex = (open) => {
    index.classList.toggle("open", open);
    opener.setAttribute("aria-expanded", String(open));
  };

  // In the middle of the window, or above the index when that covers the lower half.
  const see = (element, block = index.classList.contains("open") ? "start" : "center") => {
    element.scrollIntoView({ block, behavior: smooth.matches ? "smooth" : "instant" });
  };

  // What is chosen: its places in the text, in order, and which of them one stands at.
  let places = [];
  let at = -1;
  const starts = (elements) => elements.filter((element, number) => {
    const before = elements[number - 1];
    return !before || before.closest(".s") !== element.closest(".s") || before.nextElementSibling !== element;
  });
  const clear = () => {
    for (const element of all(".on, .voice-on, .here")) element.classList.remove("on", "voice-on", "here");
    chosen.hidden = true;
    places = [];
    at = -1;
  };
  const step = (by) => {
    const visible = places.filter(shown);
    if (!visible.length) return;
    at = (at + by + visible.length) % visible.length;
    see(visible[at]);
    if (visible[at].matches("a")) visible[at].focus({ preventScroll: true });
    tell(`${name} · ${at + 1} of ${visible.length}`);
  };
  let name = "";
  const tell = (text) => { chosen.querySelector("p").textContent = text; };
  const visibleText = (element) => {
    const forms = all(".ed", element).filter((each) => each.classList.contains(root.dataset.view));
    return (forms.length ? forms : [element]).map((each) => each.textContent).join("").trim();
  };
  const choose = (label, selectors, from) => {
    clear();
    name = label;
    for (const [selector, mark] of selectors) for (const element of all(selector)) element.classList.add(mark);
    const marked = all(".texts .p.on, .texts .p.voice-on");
    places = starts(marked);
    const visible = places.filter(shown);
    at = from ? visible.findIndex((each) => each === from || each.contains(from)) : -1;
    tell(`${name} · ${visible.length} ${visible.length === 1 ? "place" : "places"}`);
    chosen.hidden = false;
  };

  const kinds = {
    s: (id, from) => {
      clear();
      const own = sentences(id);
      for (const each of own) each.classList.add("here");
      const now = own.find(shown);
      if (!now) return;
      see(now);
      if (!from?.closest(".texts")) now.querySelector(".no").focus({ preventScroll: true });
    },
    p: (id) => see(document.getElementById(id), "start"),
    c: (id, from) => {
      const entry = document.getElementById(id);
      const summary = entry.querySelector("summary");
      choose(visibleText(summary.querySelector(".entry")), [[`.p[data-c${word(id)}]`, "on"], [`.p[data-v${word(id)}]`, "voice-on"]], from);
      for (const other of all(".entries details[open]")) if (other !== entry) other.open = false;
      entry.open = true;
      entry.classList.add("on");
      if (shown(index)) index.scrollTo({ top: entry.offsetTop - index.clientHeight / 4 });
    },
    q: (id, from) => {
      choose(`Quotation ${id}`, [[`.p[data-q${word(id)}]`, "on"], [`.note[data-q="${CSS.escape(id)}"]`, "on"]], from);
      if (from?.closest(".texts")) { if (shown(document.getElementById(id))) see(document.getElementById(id), "nearest"); } else step(1);
    },
    st: (id) => {
      choose(`Stance ${id}`, [[`.p[data-s${word(id)}]`, "on"], [`li[data-s="${CSS.escape(id)}"], .dot[href="#${CSS.escape(id)}"]`, "on"]]);
      step(1);
    },
    t: (id) => choose(`On ${visibleText(document.getElementById(id))}`, [[`.p[data-t${word(id)}]`, "on"], [`#${CSS.escape(id)}`, "on"]]),
    r: (id, from) => {
      if (!["restored", "received", "damage"].includes(root.dataset.view)) setView("damage");
      choose(`Damaged place ${id}`, [[`.p[data-r${word(id)}]`, "on"], [`tr[data-r="${CSS.escape(id)}"]`, "on"]], from);
      tell(name);
      document.getElementById(id).closest("details").open = true;
      if (!from?.closest(".texts")) step(1);
    },
  };
  const go = (hash, from) => {
    const found = /^#(st|[spcqtr])(\d+)$/.exec(hash);
    if (!found || !(document.getElementById(hash.slice(1)) || sentences(hash.slice(1)).length)) return false;
    kinds[found[1]](hash.slice(1), from);
    return true;
  };

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#']");
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey && go(link.getAttribute("href"), link)) {
      event.preventDefault();
      if (location.hash !== link.getAttribute("href")) history.pushState(null, "", link.getAttribute("href"));
    }
    const button = event.target.closest("button");
    if (button?.dataset.step) step(Number(button.dataset.step));
    if (button && "close" in button.dataset) leave();
    if (button === opener) { openIndex(!index.classList.contains("open")); if (shown(index)) index.focus(); }
    if (button?.matches(".close-index")) { openIndex(false); opener.focus(); }
  });
  const leave = () => {
    const back = places.filter(shown)[Math.max(at, 0)];
    clear();
    history.replaceState(null, "", location.pathname + location.search);
    if (back?.matches("a")) back.focus({ preventScroll: true });
  };
  // Opening an entry of the index chooses it.
  for (const entry of all(".entries details")) {
    entry.querySelector("summary").addEventListener("click", (event) => {
      event.preventDefault();
      if (entry.open) { entry.open = false; clear(); return; }
      kinds.c(entry.id);
      history.pushState(null, "", `#${entry.id}`);
    });
  }
  addEventListener("popstate", () => { if (!go(location.hash)) clear(); });

  document.addEventListener("change", (event) => {
    const { name: group, value, checked } = event.target;
    if (group === "view") keepPlace(() => { root.dataset.view = value; });
    if (group === "layer") keepPlace(() => root.classList.toggle(`no-${value}`, !checked));
    if (group === "type") root.classList.toggle(`off${value}`, !checked);
  });

  // A quotation and its note, a stance and its evidence, light up together.
  const hot = (event) => {
    const near = event.target.closest?.(".p[data-q], .note[data-q], li[data-s], .p[data-r], tr[data-r]");
    for (const element of all(".hot")) element.classList.remove("hot");
    if (!near) return;
    const { q, s, r } = near.dataset;
    const about = near.matches("li[data-s]") ? ["s", s] : r && near.matches(".site, tr") ? ["r", r] : q ? ["q", q.split(" ").pop()] : null;
    if (about) for (const element of all(`[data-${about[0]}${word(about[1])}]`)) element.classList.add("hot");
  };
  document.addEventListener("pointerover", hot);
  document.addEventListener("focusin", hot);

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      if (index.classList.contains("open") && index.contains(document.activeElement)) { openIndex(false); opener.focus(); } else if (!chosen.hidden) leave();
      return;
    }
    const number = document.activeElement.closest?.(".no");
    if (number && (event.key === "ArrowDown" || event.key === "ArrowUp") && !event.altKey && !event.ctrlKey && !event.metaKey) {
      const numbers = all(".no").filter(shown);
      const next = numbers[numbers.indexOf(number) + (event.key === "ArrowDown" ? 1 : -1)];
      if (next) { event.preventDefault(); next.focus({ preventScroll: true }); see(next); }
    }
  });

  if (location.hash) go(location.hash);
})();
