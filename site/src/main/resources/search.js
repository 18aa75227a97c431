"use strict";
// The index is made when the search is first used: a second for all pages.
(() => {
  const query = document.getElementById("query");
  const found = document.getElementById("found");
  const pages = document.getElementById("pages");
  const up = document.body.dataset.up;
  let index;

  // A small screen is for the page; its list opens at a touch.
  pages.open = !matchMedia("(max-width: 50rem)").matches;

  function makeIndex() {
    return lunr(function () {
      this.ref("number");
      this.field("title", { boost: 5 });
      this.field("text");
      PAGES.forEach((page, number) => this.add({ number, ...page }));
    });
  }

  function excerpt(text, words) {
    const lower = text.toLowerCase();
    const at = Math.max(0, ...words.map((word) => lower.indexOf(word)));
    return text.slice(Math.max(0, at - 40), at + 100);
  }

  function show() {
    const words = query.value.toLowerCase().split(/[^\p{L}\p{N}_.-]+/u).filter(Boolean);
    found.replaceChildren();
    pages.hidden = words.length > 0;
    if (!words.length) return;
    index ??= makeIndex();
    const results = index.query((q) => {
      for (const word of words) {
        q.term(lunr.tokenizer(word), { boost: 3 });
        q.term(lunr.tokenizer(word), { wildcard: lunr.Query.wildcard.TRAILING });
      }
    });
    for (const result of results.slice(0, 12)) {
      const page = PAGES[result.ref];
      const link = document.createElement("a");
      link.href = up + page.address;
      link.textContent = page.title;
      const small = document.createElement("small");
      small.textContent = excerpt(page.text, words);
      link.append(small);
      found.append(link);
    }
    if (!results.length) found.textContent = "Nothing found.";
  }

  query.addEventListener("input", show);
})();
