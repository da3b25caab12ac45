"use strict";
(() => {
  const root = document.documentElement;
  const findAll = (selector, within = document) => [...within.querySelectorAll(selector)];
  const find = (selector) => document.querySelector(selector);
  const byId = (id) => document.getElementById(id);
  const index = find("#index");
  const indexButton = find(".open-index");
  const selection = find(".selection");
  const smooth = matchMedia("(prefers-reduced-motion: no-preference)");
  const isShown = (element) => element.getClientRects().length > 0;
  // The rest of an attribute selector: the attribute is a list that holds the value.
  const holds = (value) => `~="${CSS.escape(value)}"`;
  const sentencesWith = (id) => findAll(`.s[data-id="${CSS.escape(id)}"]`);

  // The first sentence below the bar, and its distance from the top of the window.
  const topSentence = () => {
    const top = find(".bar").getBoundingClientRect().bottom;
    const sentence = findAll(".s").find((element) => isShown(element) && element.getBoundingClientRect().bottom > top);
    return sentence && { id: sentence.dataset.id, top: sentence.getBoundingClientRect().top };
  };
  // Runs `change`, and scrolls so that the first sentence in view stays where it is.
  const keepPosition = (change) => {
    const before = root.scrollTop > find(".mast").offsetHeight ? topSentence() : null;
    change();
    const sentence = before && sentencesWith(before.id).find(isShown);
    if (sentence) scrollBy({ top: sentence.getBoundingClientRect().top - before.top, behavior: "instant" });
  };

  const setView = (view) => {
    if (root.dataset.view === view) return;
    find(`input[name="view"][value="${view}"]`).checked = true;
    keepPosition(() => { root.dataset.view = view; });
  };

  const openIndex = (open) => {
    index.classList.toggle("open", open);
    indexButton.setAttribute("aria-expanded", String(open));
  };

  // Scrolls an element to the middle of the window, or to its top while the open index covers the lower half.
  const reveal = (element, block = index.classList.contains("open") ? "start" : "center") => {
    element.scrollIntoView({ block, behavior: smooth.matches ? "smooth" : "instant" });
  };

  // The selection: its name, its places in the text in order, and the number of the current one among those shown.
  let name = "";
  let places = [];
  let current = -1;
  const setStatus = (text) => { selection.querySelector("p").textContent = text; };
  // The first element of each run of adjacent elements within a sentence.
  const firstOfRuns = (elements) => elements.filter((element, number) => {
    const before = elements[number - 1];
    return !before || before.closest(".s") !== element.closest(".s") || before.nextElementSibling !== element;
  });
  const clear = () => {
    for (const element of findAll(".on, .speaker-on, .here")) element.classList.remove("on", "speaker-on", "here");
    selection.hidden = true;
    places = [];
    current = -1;
  };
  const step = (by) => {
    const visible = places.filter(isShown);
    if (!visible.length) return;
    current = (current + by + visible.length) % visible.length;
    reveal(visible[current]);
    if (visible[current].matches("a")) visible[current].focus({ preventScroll: true });
    setStatus(`${name} · ${current + 1} of ${visible.length}`);
  };
  const visibleText = (element) => {
    const forms = findAll(".ed", element).filter((form) => form.classList.contains(root.dataset.view));
    return (forms.length ? forms : [element]).map((form) => form.textContent).join("").trim();
  };
  // Selects what the selectors match, each with its class; `from` is the element that was clicked.
  const select = (label, selectors, from) => {
    clear();
    name = label;
    for (const [selector, className] of selectors) for (const element of findAll(selector)) element.classList.add(className);
    places = firstOfRuns(findAll(".texts .p.on, .texts .p.speaker-on"));
    const visible = places.filter(isShown);
    current = from ? visible.findIndex((element) => element === from || element.contains(from)) : -1;
    setStatus(`${name} · ${visible.length} ${visible.length === 1 ? "place" : "places"}`);
    selection.hidden = false;
  };
  const leave = () => {
    const place = places.filter(isShown)[Math.max(current, 0)];
    clear();
    history.replaceState(null, "", location.pathname + location.search);
    if (place?.matches("a")) place.focus({ preventScroll: true });
  };

  // What a link to an id does, by the letters at the beginning of the id.
  const actions = {
    s: (id, from) => {
      clear();
      const sentences = sentencesWith(id);
      for (const sentence of sentences) sentence.classList.add("here");
      const visible = sentences.find(isShown);
      if (!visible) return;
      reveal(visible);
      if (!from?.closest(".texts")) visible.querySelector(".no").focus({ preventScroll: true });
    },
    p: (id) => reveal(byId(id), "start"),
    c: (id, from) => {
      const entry = byId(id);
      const title = entry.querySelector("summary .entry");
      select(visibleText(title), [[`.p[data-c${holds(id)}]`, "on"], [`.p[data-v${holds(id)}]`, "speaker-on"]], from);
      for (const details of findAll(".entries details[open]")) if (details !== entry) details.open = false;
      entry.open = true;
      entry.classList.add("on");
      if (isShown(index)) index.scrollTo({ top: entry.offsetTop - index.clientHeight / 4 });
    },
    q: (id, from) => {
      select(`Quotation ${id}`, [[`.p[data-q${holds(id)}]`, "on"], [`.note[data-q="${CSS.escape(id)}"]`, "on"]], from);
      if (!from?.closest(".texts")) step(1);
      else if (isShown(byId(id))) reveal(byId(id), "nearest");
    },
    st: (id) => {
      select(`Stance ${id}`, [[`.p[data-s${holds(id)}]`, "on"], [`li[data-s="${CSS.escape(id)}"], .dot[href="#${CSS.escape(id)}"]`, "on"]]);
      step(1);
    },
    t: (id) => select(`Stances on ${visibleText(byId(id))}`, [[`.p[data-t${holds(id)}]`, "on"], [`#${CSS.escape(id)}`, "on"]]),
    r: (id, from) => {
      const list = byId(id).closest("details");
      if (!isShown(list)) setView("damage");
      const label = `Damaged place ${id}`;
      select(label, [[`.p[data-r${holds(id)}]`, "on"], [`tr[data-r="${CSS.escape(id)}"]`, "on"]], from);
      setStatus(label);
      list.open = true;
      if (!from?.closest(".texts")) step(1);
    },
  };
  const follow = (hash, from) => {
    const match = /^#(st|[spcqtr])(\d+)$/.exec(hash);
    if (!match || !(byId(hash.slice(1)) || sentencesWith(hash.slice(1)).length)) return false;
    actions[match[1]](hash.slice(1), from);
    return true;
  };

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#']");
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey && follow(link.getAttribute("href"), link)) {
      event.preventDefault();
      if (location.hash !== link.getAttribute("href")) history.pushState(null, "", link.getAttribute("href"));
    }
    const button = event.target.closest("button");
    if (button?.dataset.step) step(Number(button.dataset.step));
    if (button && "close" in button.dataset) leave();
    if (button === indexButton) { openIndex(!index.classList.contains("open")); if (isShown(index)) index.focus(); }
    if (button?.matches(".close-index")) { openIndex(false); indexButton.focus(); }
  });
  // Opening an entry of the index selects it.
  for (const entry of findAll(".entries details")) {
    entry.querySelector("summary").addEventListener("click", (event) => {
      event.preventDefault();
      if (entry.open) { entry.open = false; clear(); return; }
      actions.c(entry.id);
      history.pushState(null, "", `#${entry.id}`);
    });
  }
  addEventListener("popstate", () => { if (!follow(location.hash)) clear(); });

  document.addEventListener("change", (event) => {
    const { name: group, value, checked } = event.target;
    if (group === "view") keepPosition(() => { root.dataset.view = value; });
    if (group === "layer") keepPosition(() => root.classList.toggle(`no-${value}`, !checked));
    if (group === "type") root.classList.toggle(`off${value}`, !checked);
  });

  // Highlights together: a quotation and its note, a stance and its evidence, a damaged place and its row.
  const highlight = (event) => {
    const element = event.target.closest?.(".p[data-q], .note[data-q], li[data-s], .p[data-r], tr[data-r]");
    for (const highlighted of findAll(".hot")) highlighted.classList.remove("hot");
    if (!element) return;
    const { q, s, r } = element.dataset;
    let selector;
    if (element.matches("li[data-s]")) selector = `[data-s${holds(s)}]`;
    else if (r && element.matches(".damaged, tr")) selector = `[data-r${holds(r)}]`;
    else if (q) selector = `[data-q${holds(q.split(" ").pop())}]`;
    if (selector) for (const related of findAll(selector)) related.classList.add("hot");
  };
  document.addEventListener("pointerover", highlight);
  document.addEventListener("focusin", highlight);

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      if (index.classList.contains("open") && index.contains(document.activeElement)) { openIndex(false); indexButton.focus(); } else if (!selection.hidden) leave();
      return;
    }
    const number = document.activeElement.closest?.(".no");
    if (number && (event.key === "ArrowDown" || event.key === "ArrowUp") && !event.altKey && !event.ctrlKey && !event.metaKey) {
      const numbers = findAll(".no").filter(isShown);
      const next = numbers[numbers.indexOf(number) + (event.key === "ArrowDown" ? 1 : -1)];
      if (next) { event.preventDefault(); next.focus({ preventScroll: true }); reveal(next); }
    }
  });

  if (location.hash) follow(location.hash);
})();
