"""What a page makes hard for people who use it without a pointer, or without movement."""

from playwright.sync_api import Page

_LOOK = """() => {
  const told = [];
  const name = (one) => one.outerHTML.slice(0, 120);
  const ring = (style) => style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1;
  const before = document.activeElement;
  const all = "a[href], button, input, select, textarea, summary, [tabindex], [onclick]";
  for (const one of document.querySelectorAll(all)) {
    const hidden = one.type === "hidden" || one.disabled || !one.checkVisibility();
    if (hidden || one.getAttribute("tabindex") === "-1") continue;
    if (one.tabIndex < 0) told.push(`no key leads to ${name(one)}`);
    one.focus({ preventScroll: true });
    if (document.activeElement !== one) { told.push(`takes no focus: ${name(one)}`); continue; }
    if (!one.matches(":focus-visible")) { told.push(`not by a key: ${name(one)}`); continue; }
    if (!ring(getComputedStyle(one)) && !ring(getComputedStyle(one, "::after")))
      told.push(`the focus is not seen on ${name(one)}`);
  }
  if (before === document.body) document.activeElement.blur(); else before.focus();
  for (const moving of document.getAnimations()) {
    if (moving.playState === "running") told.push(`moves: ${name(moving.effect.target)}`);
  }
  return told;
}"""


def by_keys(page: Page) -> list[str]:
    """One line for each thing that cannot be reached, or not be seen to be, or that moves."""
    page.wait_for_load_state()
    page.emulate_media(reduced_motion="reduce")
    # From now on the browser shows where the focus is, as it does for whoever uses keys.
    page.keyboard.press("Shift")
    found: list[str] = page.evaluate(_LOOK)
    page.emulate_media(reduced_motion="no-preference")
    return found
