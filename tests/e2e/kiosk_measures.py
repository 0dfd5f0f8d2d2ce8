"""What is measured of a kiosk screen in the browser, in millimetres of the panel."""

from __future__ import annotations

FAULTS = """() => {
    const found = [];
    const root = document.documentElement;
    const mm = parseFloat(getComputedStyle(root).getPropertyValue("--mm"));
    const seen = (part) => part.getBoundingClientRect().width && !part.closest("[hidden], .hidden-label");
    const all = (which) => Array.from(document.querySelectorAll(which)).filter(seen);
    const name = (part) => `${part.tagName} ${part.className} ${part.innerText || ""}`.replace(/\\s+/g, " ").trim();
    const say = (part, what) => found.push(`${what}: ${name(part)}`);
    const least = (part, wanted, what) => {
        const box = part.getBoundingClientRect();
        if (Math.min(box.width, box.height) < wanted * mm)
            say(part, `${what} of ${(box.width / mm).toFixed(2)} x ${(box.height / mm).toFixed(2)} mm`);
    };

    // Targets and the gaps between keys
    const keys = all("#screen .key, #screen .erase");
    for (const key of keys) least(key, 20, "key");
    for (const target of all("main button, main a")) if (!keys.includes(target)) least(target, 15, "target");
    for (const one of keys) for (const other of keys) {
        if (one === other) continue;
        const a = one.getBoundingClientRect(), b = other.getBoundingClientRect();
        const wide = Math.max(a.left, b.left) - Math.min(a.right, b.right);
        const high = Math.max(a.top, b.top) - Math.min(a.bottom, b.bottom);
        if (Math.max(wide, high) < 3 * mm) say(one, `gap of ${(Math.max(wide, high) / mm).toFixed(3)} mm`);
    }

    // Words, marks and lines
    const words = document.createTreeWalker(document.querySelector("body"), NodeFilter.SHOW_TEXT);
    while (words.nextNode()) {
        const part = words.currentNode.parentElement;
        if (!words.currentNode.textContent.trim() || !seen(part)) continue;
        const size = parseFloat(getComputedStyle(part).fontSize);
        if (size < 7 * mm - 0.01) say(part, `letters of ${(size / mm).toFixed(2)} mm`);
    }
    for (const mark of all(".mark-row .filled")) {
        const drawn = getComputedStyle(mark, "::before");
        const across = parseFloat(drawn.height) + 2 * parseFloat(drawn.borderTopWidth);
        if (across < 12 * mm) say(mark, `mark of ${(across / mm).toFixed(2)} mm`);
        if (across > mark.getBoundingClientRect().height) say(mark, "mark that is cut");
    }
    const light = (colour) => {
        const [r, g, b] = colour.match(/[\\d.]+/g).slice(0, 3).map((text) => {
            const value = Number(text) / 255;
            return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const contrast = (a, b) => (Math.max(light(a), light(b)) + 0.05) / (Math.min(light(a), light(b)) + 0.05);
    const paper = getComputedStyle(document.body).backgroundColor;
    for (const part of all("main button, main a.button, .marks, .mark-row span, .practice")) {
        const style = getComputedStyle(part);
        if (!(parseFloat(style.borderBottomWidth) >= 1)) say(part, "no border");
        const ratio = contrast(style.borderBottomColor, paper);
        if (ratio < 3) say(part, `border of ${ratio.toFixed(2)}:1`);
    }

    // Nothing scrolls, is cut, covered or lies on something else
    if (root.scrollWidth > innerWidth || root.scrollHeight > innerHeight)
        found.push(`page ${root.scrollWidth}x${root.scrollHeight}`);
    for (const part of all("main button, main a, main p, main h1, .practice, .marks")) {
        const box = part.getBoundingClientRect();
        if (box.left < 0 || box.top < 0 || box.right > innerWidth + 0.5 || box.bottom > innerHeight + 0.5)
            say(part, "outside");
        if (part.tagName !== "BUTTON") continue;
        if (part.scrollWidth > part.clientWidth + 1 || part.scrollHeight > part.clientHeight + 1)
            say(part, "words cut");
        const inset = 8; // inside the round corners
        for (const x of [box.left + inset, (box.left + box.right) / 2, box.right - inset])
            for (const y of [box.top + inset, (box.top + box.bottom) / 2, box.bottom - inset]) {
                const hit = document.elementFromPoint(x, y);
                if (!hit || !(part === hit || part.contains(hit)))
                    say(part, `covered by ${hit ? name(hit) : "nothing"}`);
            }
    }
    const extent = (part) => {
        const box = part.getBoundingClientRect();
        if (!/^(H1|P)$/.test(part.tagName)) return box;
        const inside = document.createRange(); // a block is as wide as its column, its words are not
        inside.selectNodeContents(part);
        const line = inside.getBoundingClientRect();
        return { left: line.left, right: line.right, top: box.top, bottom: box.bottom };
    };
    const texts = all(".says h1, .says p, .practice, .pin, .help .press, .choices, .voice")
        .filter((part) => part.getBoundingClientRect().height);
    for (const one of texts) for (const other of texts) {
        if (one === other || one.contains(other) || other.contains(one)) continue;
        const a = extent(one), b = extent(other);
        const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
        const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
        if (wide > 1 && high > 1 && one.compareDocumentPosition(other) & 4) say(one, `on ${name(other)}`);
    }
    return [...new Set(found)];
}"""

PLACES = """() => {
    const mm = parseFloat(getComputedStyle(document.documentElement).getPropertyValue("--mm"));
    const place = (part) => {
        const box = part.getBoundingClientRect();
        return [box.left / mm, box.top / mm, box.right / mm, box.bottom / mm];
    };
    return Object.fromEntries(["call", "no-pin", "voice"].flatMap((button) => {
        const part = document.querySelector(`#screen .press-${button} button, .${button}`);
        return part ? [[button, place(part)]] : [];
    }));
}"""
"""Where 「係員を呼ぶ」, 「暗証番号がない・わからない」 and 「音声案内」 stand: left, top, right, bottom."""

FOCUS_FAULTS = """() => {
    const found = [];
    for (const part of document.querySelectorAll("#screen, main button, main a, #pin-field")) {
        if (part.closest("[hidden]") || !part.getBoundingClientRect().width) continue;
        part.focus({ focusVisible: true });
        if (document.activeElement !== part) { found.push(`no focus: ${part.className}`); continue; }
        const ring = getComputedStyle(part.closest(".marks") || part);
        if (ring.outlineStyle !== "solid" || parseFloat(ring.outlineWidth) < 4)
            found.push(`ring ${ring.outlineStyle} ${ring.outlineWidth}: ${part.className} ${part.value}`);
    }
    return found;
}"""
