// Keyboard, suggestions, opening of citations, type size and theme. No framework, nothing from elsewhere.
(() => {
  "use strict";
  const lang = document.currentScript.dataset.lang;
  const root = document.documentElement;
  root.lang = lang;
  const $ = (selector, from = document) => from.querySelector(selector);
  const field = (id) => $(`#${id} textarea, #${id} input`);
  const store = {
    get: (key) => { try { return localStorage.getItem(key); } catch { return null; } },
    set: (key, value) => { try { localStorage.setItem(key, value); } catch { /* private window */ } },
  };

  // ---------- type size, light or dark ----------
  const dark = () => document.body.classList.contains("dark");
  function applyTools() {
    if (!document.body) return;
    root.classList.toggle("jz-large", store.get("jz-large") === "1");
    const chosen = store.get("jz-theme");
    if (chosen) document.body.classList.toggle("dark", chosen === "dark");
    else if (!$("gradio-app")) document.body.classList.toggle("dark", matchMedia("(prefers-color-scheme: dark)").matches);
    root.classList.toggle("jz-dark", dark());
    const large = $("[data-tool=large]"), theme = $("[data-tool=theme]");
    if (large) large.setAttribute("aria-pressed", String(root.classList.contains("jz-large")));
    if (theme) theme.setAttribute("aria-pressed", String(dark()));
  }
  function useTool(name) {
    if (name === "large") store.set("jz-large", root.classList.contains("jz-large") ? "0" : "1");
    if (name === "theme") store.set("jz-theme", dark() ? "light" : "dark");
    applyTools();
  }

  // ---------- the form ----------
  function put(input, value) {
    if (!input) return;
    const kind = input instanceof HTMLTextAreaElement ? HTMLTextAreaElement : HTMLInputElement;
    Object.getOwnPropertyDescriptor(kind.prototype, "value").set.call(input, value);
    input.dispatchEvent(new Event("input", { bubbles: true }));
  }
  function ask(question, region) {
    if (question !== undefined) put(field("jz-question"), question);
    if (region !== undefined) put(field("jz-region"), region);
    setTimeout(() => $("#jz-ask")?.click(), 60);
  }
  function askAfresh(question) { // forget the question before, then ask this one alone
    $("#jz-new")?.click();
    let tries = 0;
    const wait = setInterval(() => {
      if (!$("#jz-answer .jz-examples") && ++tries < 60) return;
      clearInterval(wait);
      ask(question);
    }, 80);
  }
  function busy() {
    const answer = $("#jz-answer");
    if (!answer || !field("jz-question")?.value.trim()) return;
    answer.classList.add("is-busy");
    store.set("jz-region", field("jz-region")?.value || ""); // kept in this browser only, for the next time
  }
  let recalled = false;
  function recall() {
    const region = field("jz-region"), kept = store.get("jz-region");
    if (recalled || !region || !field("jz-question")) return;
    recalled = true;
    if (kept && !region.value && !new URLSearchParams(location.search).get("q")) put(region, kept);
  }

  // ---------- days: words until it is touched, then the browser's own calendar ----------
  function dayField(input) {
    if (!input || input.dataset.day) return;
    input.dataset.day = "1";
    const now = new Date(), two = (number) => String(number).padStart(2, "0");
    const today = `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
    if (/^(今天|Today)$/.test(input.placeholder)) input.placeholder = lang === "en" ? `Today, ${today}` : `今天，${today}`;
    const words = () => { if (!input.value) input.type = "text"; };
    input.addEventListener("focus", () => { input.type = "date"; });
    input.addEventListener("click", () => { try { input.showPicker(); } catch { /* only after a touch of the user */ } });
    input.addEventListener("blur", words);
    if (input.value) input.type = "date";
  }
  function arrived() {
    const answer = $("#jz-answer");
    if (!answer) return;
    answer.classList.remove("is-busy");
    const card = $(".jz-card", answer);
    if (!card) return;
    const top = card.getBoundingClientRect().top;
    const smooth = matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth";
    if (top > innerHeight * 0.55 || top < 0) window.scrollTo({ top: top + scrollY - 16, behavior: smooth });
  }

  // ---------- clicks ----------
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button, a");
    if (!button) return;
    const data = button.dataset;
    if (data.tool) useTool(data.tool);
    else if (data.fresh !== undefined) askAfresh(data.fresh);
    else if (data.ask !== undefined) ask(data.ask, data.region);
    else if (data.region !== undefined) ask(undefined, data.region);
    else if (data.pick !== undefined) { put(field("jz-ref"), data.pick); field("jz-ref")?.focus(); }
    else if (data.focus !== undefined) field("jz-question")?.focus();
    else if (data.print !== undefined) window.print();
    else if (data.copy !== undefined) copy(button);
    else if (button.id === "jz-ask") busy();
  });
  async function copy(button) {
    const before = button.textContent;
    try { await navigator.clipboard.writeText(button.dataset.copy); } catch { return; }
    button.textContent = button.dataset.done;
    setTimeout(() => { button.textContent = before; }, 1600);
  }

  // ---------- a citation is fetched when it is first opened ----------
  document.addEventListener("toggle", async (event) => {
    const place = event.target.open && $(":scope > [data-src]", event.target);
    if (!place) return;
    const address = place.dataset.src;
    delete place.dataset.src;
    try {
      const reply = await fetch(address, { credentials: "same-origin" });
      if (!reply.ok) throw new Error(String(reply.status));
      place.innerHTML = await reply.text();
    } catch { place.dataset.src = address; event.target.open = false; }
  }, true);

  // ---------- keys ----------
  const typing = (element) => element && (/^(input|textarea|select)$/i.test(element.tagName) || element.isContentEditable);
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.key === "Escape" && typing(event.target)) { event.target.blur(); return; }
    if (event.target.closest?.("#jz-question") && event.key === "Enter" && !event.defaultPrevented) busy();
    if (event.key === "/" && event.target === field("jz-question") && !event.target.value) event.preventDefault();
    if (typing(event.target)) return;
    if (event.key === "/") { event.preventDefault(); const box = field("jz-question"); box?.focus(); box?.select(); return; }
    const button = $(`#jz-answer [data-key="${CSS.escape(event.key)}"]`);
    if (button) { event.preventDefault(); button.click(); }
  });

  // ---------- suggestions: one list box for the question and the region ----------
  const label = lang === "en" ? "Suggested names" : "名称提示";
  function suggest(input, address, { onFocus = false } = {}) {
    if (!input || input.dataset.suggests) return;
    input.dataset.suggests = "1";
    const list = document.createElement("ul");
    list.id = `${input.closest("[id]").id}-list`;
    list.className = "jz-suggest";
    list.hidden = true;
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", label);
    const home = input.closest(".block") || input.parentElement;
    home.style.position = "relative";
    home.append(list);
    for (const [name, value] of Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id })) input.setAttribute(name, value);
    let at = -1, replace = 0, timer = 0, number = 0;
    const items = () => [...list.children];
    const close = () => { list.hidden = true; at = -1; input.setAttribute("aria-expanded", "false"); input.removeAttribute("aria-activedescendant"); };
    const mark = (next) => {
      at = next;
      items().forEach((item, index) => item.setAttribute("aria-selected", String(index === at)));
      if (at >= 0) { input.setAttribute("aria-activedescendant", items()[at].id); items()[at].scrollIntoView({ block: "nearest" }); }
    };
    const take = (name) => { put(input, input.value.slice(0, input.value.length - replace) + name); close(); number += 1; clearTimeout(timer); input.focus(); };
    const show = (names) => {
      list.replaceChildren(...names.map((name, index) => {
        const item = document.createElement("li");
        item.id = `${list.id}-${index}`;
        item.setAttribute("role", "option");
        item.setAttribute("aria-selected", "false");
        item.textContent = name;
        item.addEventListener("mousedown", (event) => { event.preventDefault(); take(name); });
        return item;
      }));
      at = -1;
      list.hidden = names.length === 0;
      input.setAttribute("aria-expanded", String(names.length > 0));
    };
    const look = () => {
      clearTimeout(timer);
      const mine = ++number;
      timer = setTimeout(async () => {
        const value = input.value;
        if (!onFocus && (value.length < 2 || input.selectionStart !== value.length)) { close(); return; }
        try {
          const reply = await fetch(`${address}?q=${encodeURIComponent(value.slice(-60))}`);
          const found = reply.ok ? await reply.json() : { names: [], replace: 0 };
          if (mine !== number || document.activeElement !== input) return;
          replace = found.replace;
          show(found.names);
        } catch { close(); }
      }, 140);
    };
    input.addEventListener("input", (event) => { if (event.isTrusted) { look(); if (!onFocus) recall(); } else { number += 1; clearTimeout(timer); } });
    if (onFocus) input.addEventListener("focus", look);
    input.addEventListener("blur", () => setTimeout(close, 120));
    input.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.isComposing) { number += 1; clearTimeout(timer); } // asked: what is still on its way is not wanted
      if (list.hidden || event.isComposing) return;
      const many = items().length;
      if (event.key === "ArrowDown") mark((at + 1) % many);
      else if (event.key === "ArrowUp") mark((at - 1 + many) % many);
      else if (event.key === "Enter" && at >= 0) take(items()[at].textContent);
      else if (event.key === "Tab" && at >= 0) take(items()[at].textContent);
      else if (event.key === "Escape") close();
      else { if (event.key === "Enter") close(); return; }
      event.preventDefault();
      event.stopImmediatePropagation();
    }, true);
  }

  // ---------- Gradio draws late and redraws: look again when something changed ----------
  let tries = 0;
  function askFromAddress() { // ?q=…&region=…: Gradio listens only some time after it has drawn
    const query = new URLSearchParams(location.search);
    if (!query.get("q") || $("#jz-answer .jz-card") || ++tries > 10) return;
    ask(query.get("q").slice(0, 2000), query.get("region") || undefined);
    setTimeout(askFromAddress, 1200);
  }
  function ready() {
    applyTools();
    suggest(field("jz-question"), "/suggest");
    suggest(field("jz-proof"), "/suggest");
    suggest(field("jz-region"), "/regions", { onFocus: true });
    for (const input of document.querySelectorAll("#jz-day input")) dayField(input);
    for (const button of document.querySelectorAll("button.upload-container")) { // Gradio's own label says other words than it shows
      const shown = button.innerText.replace(/\s+/g, " ").trim();
      if (shown && button.getAttribute("aria-label") !== shown) button.setAttribute("aria-label", shown);
    }
    const answer = $("#jz-answer");
    if (answer && !answer.dataset.watched) {
      answer.dataset.watched = "1";
      answer.setAttribute("aria-live", "polite");
      new MutationObserver(() => requestAnimationFrame(arrived)).observe(answer, { childList: true, subtree: true });
      askFromAddress();
      setTimeout(recall, 900);
    }
  }
  function start() {
    ready();
    const speak = () => { if (root.lang !== lang) root.lang = lang; }; // Gradio sets the browser's language, the page may be in the other one
    new MutationObserver(speak).observe(root, { attributes: true, attributeFilter: ["lang"] });
    let waiting = 0;
    const again = () => { if (!waiting) waiting = requestAnimationFrame(() => { waiting = 0; ready(); }); };
    new MutationObserver(again).observe(document.body, { childList: true, subtree: true, attributes: true, attributeFilter: ["class"] });
  }
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start); else start();
})();
