// Ferry's console works without this file. With it, questions come as dialogs, pages renew themselves, and the mapping
// is checked while one types.
"use strict";

const ask = document.getElementById("ask");

async function read(address, options) {
  const answer = await fetch(address, { credentials: "same-origin", ...options });
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

/** Shows the page that asks as a dialog; where there is no question on it, goes there. */
async function askBy(address, options, otherwise) {
  let question = null;
  try {
    question = (await read(address, options)).getElementById("question");
  } catch { /* the browser says it better */ }
  if (!question) return otherwise();
  ask.replaceChildren(document.adoptNode(question));
  ask.showModal();
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-dialog]");
  if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    event.preventDefault();
    askBy(link.href, {}, () => { location.href = link.href; });
  } else if (event.target.closest("[data-close]") && ask.open) {
    event.preventDefault();
    ask.close();
  } else if (event.target === ask) {
    ask.close();
  }
  const wire = event.target.closest(".wire");
  if (wire) document.querySelector(`button.port[value="${CSS.escape(wire.dataset.to)}"]`)?.click();
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  const button = event.submitter;
  if (form.method === "get" && form.hasAttribute("data-dialog")) {
    event.preventDefault();
    const query = new URLSearchParams(new FormData(form));
    if (form.hasAttribute("data-selection") && !query.has("id")) return;
    const address = `${form.action}?${query}`;
    askBy(address, {}, () => { location.href = address; });
  } else if (button?.hasAttribute("data-dialog")) {
    event.preventDefault();
    const body = new URLSearchParams(new FormData(form, button));
    askBy(button.formAction, { method: "POST", body }, () => {
      button.removeAttribute("data-dialog");
      form.requestSubmit(button);
    });
  } else if (form.method === "post" && button && !form.hasAttribute("data-live")) {
    // What is under way is not asked for twice.
    setTimeout(() => { button.disabled = true; button.textContent = document.body.dataset.working; }, 300);
  }
});

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-all]")) {
    const table = event.target.closest("table");
    for (const box of table.querySelectorAll("tbody input[type=checkbox]")) box.checked = event.target.checked;
  } else if (event.target.matches("select[data-goto]")) {
    location.href = event.target.value;
  }
});

// Pages that renew themselves, unless somebody is at work on them.
const main = document.getElementById("main");
if (main.dataset.refresh) renewLater();
function renewLater() {
  setTimeout(async () => {
    const busy = ask.open || document.hidden || main.contains(document.activeElement) && document.activeElement !== main
      || main.querySelector("details[open]") || !getSelection().isCollapsed;
    if (!busy) {
      try {
        const page = await read(location.href, {});
        const fresh = page.getElementById("main");
        if (fresh?.dataset.refresh && !ask.open) {
          main.replaceChildren(...fresh.childNodes);
          main.dataset.refresh = fresh.dataset.refresh;
          document.querySelector("footer").textContent = page.querySelector("footer").textContent;
        }
      } catch { /* next time */ }
    }
    renewLater();
  }, 1000 * Number(main.dataset.refresh));
}

// The mapping: posted while one types, and what came of it put in its place.
const live = document.querySelector("form[data-live]");
if (live) {
  let timer = 0;
  let turn = 0;
  const pieces = ["picture", "verdict", "changed", "result"];
  const check = async () => {
    const mine = ++turn;
    live.classList.add("waits");
    try {
      const page = await read(live.action, { method: "POST", body: new URLSearchParams(new FormData(live)) });
      if (mine !== turn) return;
      for (const piece of pieces) {
        const fresh = page.getElementById(piece);
        const old = document.getElementById(piece);
        if (fresh && old) old.replaceWith(document.adoptNode(fresh));
      }
    } catch { /* the button still works */ } finally {
      if (mine === turn) live.classList.remove("waits");
    }
  };
  live.addEventListener("input", (event) => {
    if (event.target.id === "note") return;
    clearTimeout(timer);
    timer = setTimeout(check, 400);
  });
  // The whole page is posted on a click; one comes back to where one was.
  const kept = sessionStorage.getItem("scroll");
  if (kept) { sessionStorage.removeItem("scroll"); scrollTo(0, Number(kept)); }
  live.addEventListener("submit", () => sessionStorage.setItem("scroll", String(scrollY)));
  const near = (event) => {
    const at = event.target.closest?.(".wire, .right .port");
    const to = at?.dataset.to ?? at?.value;
    for (const one of live.querySelectorAll(".near")) one.classList.remove("near");
    if (!to) return;
    for (const one of live.querySelectorAll(`[data-to="${CSS.escape(to)}"], button.port[value="${CSS.escape(to)}"]`)) one.classList.add("near");
  };
  live.addEventListener("mouseover", near);
  live.addEventListener("focusin", near);
}
