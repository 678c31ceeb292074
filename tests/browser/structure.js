// What is wrong with a page that no picture is needed for; a list of complaints, empty for a sound page.
(() => {
  const found = new Set();
  const seen = (element) => element.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  const told = (element) => `${element.closest("[data-testid]")?.dataset.testid ?? ""} ${element.tagName.toLowerCase()}.${String(element.className.baseVal ?? element.className).split(" ").slice(0, 2).join(".")} «${(element.textContent || "").trim().slice(0, 30)}»`;

  // Colours: rgb(…) as browsers keep them, color(srgb …) as color-mix() leaves them.
  const colour = (text) => {
    const numbers = (text.match(/[\d.]+(?:e-?\d+)?/g) || []).map(Number);
    const [r, g, b] = text.startsWith("color") ? numbers.slice(0, 3).map((part) => part * 255) : numbers;
    return { r, g, b, a: numbers.length > 3 ? numbers[3] : 1 };
  };
  const over = (top, below) => {
    const mix = (one, other) => one * top.a + other * (1 - top.a);
    return { r: mix(top.r, below.r), g: mix(top.g, below.g), b: mix(top.b, below.b), a: 1 };
  };
  const ground = (element) => {
    const layers = [];
    for (let at = element; at; at = at.parentElement) {
      const style = getComputedStyle(at);
      if (style.backgroundImage !== "none") return null;
      const layer = colour(style.backgroundColor);
      if (layer.a > 0) layers.push(layer);
      if (layer.a === 1) break;
    }
    return layers.reverse().reduce((below, top) => over(top, below), { r: 255, g: 255, b: 255, a: 1 });
  };
  const light = ({ r, g, b }) => {
    const [x, y, z] = [r, g, b].map((part) => (part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const contrast = (element) => {
    const style = getComputedStyle(element), below = ground(element);
    if (!below || element.closest("[disabled], [aria-disabled=true]")) return;
    let faint = 1;
    for (let at = element; at; at = at.parentElement) faint *= Number(getComputedStyle(at).opacity);
    const ink = colour(element instanceof SVGElement ? style.fill : style.color);
    ink.a *= faint * (element instanceof SVGElement ? Number(style.fillOpacity) : 1);
    const [one, other] = [light(over(ink, below)), light(below)];
    const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    const size = parseFloat(style.fontSize), large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    if (ratio < (large ? 3 : 4.5) - 0.02) found.add(`contrast ${ratio.toFixed(2)}: ${told(element)}`);
  };

  const scrolls = (element) => {
    for (let at = element.parentElement; at; at = at.parentElement)
      if (["auto", "scroll", "clip", "hidden"].includes(getComputedStyle(at).overflowX) && at.scrollWidth > at.clientWidth + 1 && at !== document.documentElement && at.dataset.testid !== "stMain") return true;
    return false;
  };
  const place = (element, box) => {
    if ((box.right > innerWidth + 1.5 || box.left < -1.5) && !scrolls(element)) found.add(`outside the window: ${told(element)}`);
    const style = getComputedStyle(element);
    const cut = style.overflowX === "hidden" && style.textOverflow !== "ellipsis" && element.scrollWidth > element.clientWidth + 2;
    if (cut && element.clientWidth > 8) found.add(`cut: ${told(element)}`);
  };

  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    // Dots and dashes between words are no text.
    if (!/[\p{L}\p{N}]/u.test(node.data) || /^(SCRIPT|STYLE|NOSCRIPT)$/.test(element.tagName) || !seen(element)) continue;
    if (element.closest("[data-testid=stIconMaterial]")) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const box = range.getBoundingClientRect();
    if (box.width < 2 || box.height < 2) continue;
    contrast(element);
    place(element, box);
  }

  // The arrows of a box are for the mouse: the keyboard has the box itself.
  for (const element of document.querySelectorAll("a, button, input, select, textarea, summary, [role=button], [role=link], [onclick]")) {
    if (!seen(element) || element.disabled) continue;
    const reachable = element.tabIndex >= 0 || element.closest("[role=radiogroup], [role=grid], [role=listbox], [data-testid=stDataFrame], [data-testid=stMultiSelect], [data-testid=stSelectbox], [data-testid=stNumberInput]");
    if (!reachable && element.getBoundingClientRect().width > 2 && element.getAttribute("aria-hidden") !== "true") found.add(`no keyboard: ${told(element)}`);
    if (element.tabIndex > 0) found.add(`jumps the queue of the Tab key: ${told(element)}`);
  }
  return [...found];
})()
