// The page in a frame whose visitor has to sign in: shows the app as soon as he has.
import { signIn } from "./embedded-sign-in.js";

const main = document.querySelector("main[data-app]");
const told = document.getElementById("told");
const button = document.getElementById("sign-in");
const place = `${location.origin}/-/apps/${main.dataset.app}/embedded`;

// The site around: browsers say it in one of these ways.
function around() {
  if (location.ancestorOrigins?.length) return location.ancestorOrigins[0];
  return document.referrer ? new URL(document.referrer).origin : "";
}

async function isIn() {
  const answer = await fetch(`${main.dataset.path}config`, { headers: { Accept: "application/json" } });
  return answer.ok;
}

async function showIfIn() {
  if (!(await isIn().catch(() => false))) return false;
  location.reload();
  return true;
}

const words = {
  entered: "Your browser gives this site no cookies here. Use the app in its own window.",
  refused: "That took too long. Try again.",
  closed: "Have you signed in? Then show the app.",
  blocked: "Your browser has blocked the window. Allow it, or use the app in its own window.",
};

async function begin() {
  const site = around();
  if (!main.dataset.app || !site || site === location.origin || !globalThis.crypto?.subtle) return;
  let ask = await signIn(place, site, "frame");
  const alone = document.getElementById("alone");
  alone.hidden = false;
  button.removeAttribute("target");
  button.setAttribute("role", "button");
  button.addEventListener("click", async (event) => {
    event.preventDefault();
    const how = await ask();
    if (await showIfIn()) return;
    told.textContent = words[how];
    if (how === "closed") button.textContent = "Show the app";
    ask = await signIn(place, site, "frame");
  });
}

begin();
// Somebody who signs in elsewhere on the same site is known here too.
setInterval(() => document.hidden || showIfIn(), Number(main.dataset.again) * 1000);
