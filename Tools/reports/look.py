"""Looks at reports in a headless Chromium, as people do: in both colour schemes, from narrow to wide,
and as they print. Fails on script errors, on anything loaded from elsewhere, on overflow, on missing
pictures, on text that is cut, too small, too faint or runs into other text.

    look.py REPORT.html ... [--expect ID,ID] [--keep FOLDER]
"""

import argparse
import pathlib
import shutil
import sys

from playwright.sync_api import sync_playwright

# Scheme, medium, width of the window: the ends of what a page must bear, a telephone, a desk, paper.
VIEWS = [
    ("light", "screen", 400),
    ("dark", "screen", 400),
    ("light", "screen", 1280),
    ("dark", "screen", 1280),
    ("light", "screen", 360),
    ("light", "screen", 1600),
    ("dark", "print", 720),
]

# In every report, whatever the network.
SECTIONS = ["causes", "output", "layer-0", "ranges", "device"]
FIGURES = [
    "ablation", "alone", "layer-0-time", "layer-0-histogram", "layer-0-gates",
    "layer-0-saturations", "weights", "activations", "memory", "accumulators",
]

# What is wrong with a page, as it is laid out.
FAULTS = """
(expected) => {
  const faults = [];
  const root = document.documentElement;
  if (root.scrollWidth > innerWidth) faults.push(`${root.scrollWidth} px wide`);
  for (const id of expected)
    if (!document.getElementById(id)) faults.push(`#${id} is missing`);

  const channels = (color) => color.match(/[\\d.]+/g).map(Number);
  const luminance = (color) => {
    const [r, g, b] = channels(color).map((value) => {
      const share = value / 255;
      return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (a, b) => {
    const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x);
    return (high + 0.05) / (low + 0.05);
  };
  const paper = getComputedStyle(document.body).backgroundColor;
  const judge = (element, color, what) => {
    const found = contrast(color, paper);
    if (found < 4.5) faults.push(`${what}: contrast ${found.toFixed(1)}`);
  };

  // Whether a curve runs through the middle of a text's box.
  const crosses = (curve, box) => {
    const place = curve.getScreenCTM(), length = curve.getTotalLength();
    for (let step = 0; step <= 400; step++) {
      const point = curve.getPointAtLength((length * step) / 400).matrixTransform(place);
      const across = point.x > box.left + 2 && point.x < box.right - 2;
      const edge = 0.3 * box.height;
      if (across && point.y > box.top + edge && point.y < box.bottom - edge) return true;
    }
    return false;
  };

  for (const svg of document.querySelectorAll("svg")) {
    const name = svg.getAttribute("aria-labelledby");
    const box = svg.getBoundingClientRect();
    if (box.width < 200 || box.height < 40) faults.push(`${name}: ${box.width} x ${box.height}`);
    const words = (name || "").split(" ").map((id) => document.getElementById(id)?.textContent);
    if (svg.getAttribute("role") !== "img" || words.length !== 2 || !words.every(Boolean))
      faults.push(`${name}: not described`);
    const texts = [...svg.querySelectorAll("text")];
    const boxes = texts.map((text) => text.getBoundingClientRect());
    const scale = box.width / svg.viewBox.baseVal.width;
    texts.forEach((text, index) => {
      const what = `${name}: "${text.textContent}"`;
      const style = getComputedStyle(text);
      if (parseFloat(style.fontSize) * scale < 9) faults.push(`${what}: too small`);
      judge(text, style.fill, what);
      const own = boxes[index];
      if (own.left < box.left - 1 || own.right > box.right + 1) faults.push(`${what}: cut`);
      for (let other = 0; other < index; other++) {
        const [a, b] = [own, boxes[other]];
        const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
        // Line boxes are higher than letters.
        const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
        if (across > 1 && down > 0.4 * a.height)
          faults.push(`${what}: over "${texts[other].textContent}"`);
      }
      for (const key of svg.querySelectorAll("line.line")) {
        const mark = key.getBoundingClientRect();
        const apart = Math.max(own.left - mark.right, mark.left - own.right);
        if (apart < 2 && own.top < mark.top && own.bottom > mark.bottom)
          faults.push(`${what}: touches a key`);
      }
      if (text.classList.contains("note"))
        for (const curve of svg.querySelectorAll("path.line"))
          if (crosses(curve, own)) faults.push(`${what}: a line runs through it`);
    });
  }
  for (const element of document.querySelectorAll("p, li, dt, dd, h1, h2, h3, th, td, figcaption"))
    judge(element, getComputedStyle(element).color, element.textContent.slice(0, 40));
  return faults;
}
"""


def look(browser, report: pathlib.Path, expected: list[str], keep: pathlib.Path | None):
    """Yields what is wrong."""
    for scheme, medium, width in VIEWS:
        view = f"{report.name}, {scheme}, {medium}, {width} px"
        context = browser.new_context(
            color_scheme=scheme, viewport={"width": width, "height": 900})
        page = context.new_page()
        faults: list[str] = []
        page.on("console", lambda message: faults.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: faults.append(f"script: {error}"))
        page.on("request", lambda request: faults.append(f"loads {request.url}")
                if request.url != report.as_uri() else None)
        page.emulate_media(media=medium, color_scheme=scheme)
        page.goto(report.as_uri())
        faults += page.evaluate(FAULTS, expected)
        if keep:
            page.screenshot(
                path=keep / f"{report.stem}_{scheme}_{medium}_{width}.png", full_page=True)
        context.close()
        yield from (f"{view}: {fault}" for fault in faults)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("reports", nargs="+", type=pathlib.Path)
    parser.add_argument("--expect", default="", help="further ids that must be there")
    parser.add_argument("--keep", type=pathlib.Path, help="where pictures of the pages are kept")
    arguments = parser.parse_args()
    expected = SECTIONS + [f"figure-{figure}" for figure in FIGURES]
    expected += [id for id in arguments.expect.split(",") if id]
    chromium = shutil.which("chromium")
    if not chromium:
        print("skipped: chromium is not installed")
        return 77
    faults = []
    with sync_playwright() as playwright:
        # Chromium has no sandbox for root, and the pages are our own.
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for report in arguments.reports:
            faults += look(browser, report.resolve(), expected, arguments.keep)
        browser.close()
    for fault in faults:
        print(fault)
    print(f"{len(arguments.reports)} reports in {len(VIEWS)} views, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
