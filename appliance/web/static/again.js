// Looks again whether what the page tells is still true. A page that reloads by itself would tear
// somebody out of what he reads; this one changes only when there is news.
"use strict";
{
  const seconds = Number(document.currentScript.dataset.seconds);
  const here = () => document.querySelector("main");
  const busy = () => here().contains(document.activeElement) || !getSelection().isCollapsed;
  let status = null;

  const look = async () => {
    if (document.hidden) return;
    try {
      const answer = await fetch(location.href, { cache: "no-store", headers: { Accept: "text/html" } });
      const text = await answer.text();
      // Another page is not even read: what it is made of is not for this page's policy.
      const goesOn = text.includes("/-/static/again.js");
      if (!goesOn || answer.redirected || (status !== null && answer.status !== status)) {
        location.reload();
        return;
      }
      const page = new DOMParser().parseFromString(text, "text/html");
      const main = page.querySelector("main");
      if (main.innerHTML !== here().innerHTML && !busy()) {
        here().replaceWith(main);
        document.title = page.title;
      }
      status = answer.status;
    } catch {
      // Nobody answers at the moment.
    }
  };
  setInterval(look, seconds * 1000);
}
