extension ReportPage {
  /// Float is blue, fixed orange, whatever is an error slate: told apart by colour-blind eyes, by
  /// lightness, and by line width. All text has a contrast of 4.5 or more.
  static let stylesheet = """

    :root {
      --paper: #ffffff; --ink: #1b1f24; --soft: #59626d; --rule: #d5dae0; --grid: #e8ebef;
      --float: #0a62ad; --fixed: #bf4704; --error: #46505c; --quiet: #8a949f; --spread: #c3cad2;
      --pass: #12683a; --fail: #b3261e; --warn: #8a5a00; --tint: #f4f6f8;
      --input: #cfe0ee; --recurrent: #dcd3ee; --dense: #cfe6d8; --other: #dfe2e6;
    }
    @media (prefers-color-scheme: dark) {
      :root {
        --paper: #14171b; --ink: #e7eaee; --soft: #a2acb8; --rule: #363d46; --grid: #262c33;
        --float: #6fb6f7; --fixed: #ff9c5b; --error: #b9c2cd; --quiet: #77828e; --spread: #454e59;
        --pass: #74d69f; --fail: #ff8f86; --warn: #e6b455; --tint: #1c2126;
        --input: #274661; --recurrent: #463a66; --dense: #26503a; --other: #3a4149;
      }
    }
    * { box-sizing: border-box; }
    html { -webkit-text-size-adjust: 100%; }
    body {
      margin: 0; background: var(--paper); color: var(--ink); overflow-wrap: break-word;
      font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif;
      font-variant-numeric: tabular-nums;
    }
    main { max-width: 1160px; margin: 0 auto; padding: 32px clamp(16px, 4vw, 48px) 48px; }
    h1 { font-size: 32px; line-height: 1.2; margin: 0 0 16px; letter-spacing: -0.01em; }
    h2 { font-size: 22px; line-height: 1.3; margin: 0 0 4px; }
    h3 { font-size: 15px; line-height: 1.4; margin: 0 0 8px; font-weight: 600; }
    p, ul { margin: 0 0 12px; max-width: 72ch; }
    section { border-top: 1px solid var(--rule); margin-top: 40px; padding-top: 24px; }
    .kicker { color: var(--soft); font-size: 14px; margin: 0; }
    .verdict { font-size: 18px; margin-bottom: 24px; }
    .verdict strong { margin-right: 6px; }
    .verdict.pass strong { color: var(--pass); }
    .verdict.fail strong { color: var(--fail); }
    .plain { list-style: none; padding: 0; color: var(--soft); font-size: 14px; max-width: 96ch; }
    .warnings { border-left: 3px solid var(--warn); padding-left: 16px; margin-top: 24px; }
    .warnings h2 { font-size: 16px; color: var(--warn); }
    .numbers {
      display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr));
      gap: 20px 32px; margin: 0 0 24px; border-top: 1px solid var(--rule);
      border-bottom: 1px solid var(--rule); padding: 20px 0;
    }
    .numbers dt { color: var(--soft); font-size: 14px; }
    .numbers dd { margin: 0; font-size: 28px; line-height: 1.25; font-weight: 600; }
    .numbers dd span { font-size: 16px; font-weight: 400; margin-left: 4px; color: var(--soft); }
    .numbers dd.note { font-size: 13px; line-height: 1.4; font-weight: 400; color: var(--soft); }
    .figures {
      display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 380px), 1fr));
      gap: 36px 56px; margin-top: 24px;
    }
    figure { margin: 0; min-width: 0; max-width: 560px; container-type: inline-size; }
    figcaption { color: var(--soft); font-size: 14px; line-height: 1.45; margin-top: 8px; }
    .table { overflow-x: auto; margin-top: 16px; }
    table { border-collapse: collapse; font-size: 14px; }
    caption { text-align: left; font-weight: 600; padding-bottom: 6px; white-space: nowrap; }
    th, td { padding: 4px 24px 4px 0; text-align: right; white-space: nowrap; }
    th[scope="row"], th:first-child { text-align: left; font-weight: 400; }
    .words td:last-child, .words th:last-child {
      text-align: left; white-space: normal; min-width: 28ch;
    }
    thead th { color: var(--soft); font-weight: 400; border-bottom: 1px solid var(--rule); }
    tbody tr + tr > * { border-top: 1px solid var(--grid); }
    footer { border-top: 1px solid var(--rule); margin-top: 40px; padding-top: 16px; }
    footer p { color: var(--soft); font-size: 14px; }

    .chart { display: block; width: 100%; height: auto; overflow: visible; }
    .chart text { font-size: 13px; fill: var(--ink); stroke: none; }
    .chart .tick, .chart .title { fill: var(--soft); }
    .chart .note { fill: var(--soft); }
    .chart .inside { fill: var(--ink); }
    @container (min-width: 400px) { .chart text { font-size: 12px; } }
    @container (min-width: 480px) { .chart text { font-size: 11px; } }
    .chart line { stroke: var(--rule); }
    .chart .grid { stroke: var(--grid); }
    .chart .zero, .chart .axis { stroke: var(--quiet); }
    .chart .pointer { stroke: var(--quiet); stroke-dasharray: 2 3; }
    .chart .guide { stroke: var(--ink); stroke-width: 1.5; }
    .chart .line {
      fill: none; stroke: var(--c); stroke-width: 1.4; stroke-linejoin: round;
      stroke-linecap: round;
    }
    .chart .wide { stroke-width: 4.5; stroke-opacity: 0.5; }
    .chart .key { fill: var(--c); }
    .chart .band { fill: var(--spread); stroke: none; }
    .chart .bar { fill: var(--c); }
    .chart .bar.float { fill-opacity: 0.55; }
    .chart .span { stroke: var(--c); stroke-width: 1.5; }
    .chart line.level { stroke: var(--c); stroke-width: 2; }
    .chart .dot { fill: var(--c); stroke: var(--c); stroke-width: 1.5; }
    .chart .hollow { fill: var(--paper); }
    .float { --c: var(--float); } .fixed { --c: var(--fixed); } .error { --c: var(--error); }
    .quiet { --c: var(--quiet); } .spread { --c: var(--spread); }
    .chart .key.spread { fill: var(--soft); }
    .chart .line.spread { stroke-width: 8; stroke-linecap: butt; }
    .part.input { fill: var(--input); } .part.recurrent { fill: var(--recurrent); }
    .part.dense { fill: var(--dense); } .part.other { fill: var(--other); }
    .cell { fill: var(--tint); } .agree { fill: var(--float); } .differ { fill: var(--fixed); }

    @media print {
      :root {
        --paper: #ffffff; --ink: #000000; --soft: #4a525b; --rule: #c3c9d0; --grid: #e3e6ea;
        --float: #0a62ad; --fixed: #bf4704; --error: #46505c; --quiet: #8a949f;
        --spread: #c3cad2; --pass: #12683a; --fail: #b3261e; --warn: #8a5a00; --tint: #f4f6f8;
        --input: #cfe0ee; --recurrent: #dcd3ee; --dense: #cfe6d8; --other: #dfe2e6;
      }
      @page { margin: 14mm; }
      * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
      body { font-size: 9.5pt; }
      h1 { font-size: 20pt; } h2 { font-size: 14pt; } h3 { font-size: 10pt; }
      .verdict { font-size: 12pt; }
      .kicker, .plain, figcaption, table, footer p { font-size: 8.5pt; }
      .numbers { grid-template-columns: repeat(auto-fit, minmax(110px, 1fr)); gap: 12px 20px; }
      .numbers dd { font-size: 16pt; }
      .numbers dd span, .numbers dt, .numbers dd.note { font-size: 8.5pt; }
      main { padding: 0; max-width: none; }
      .figures { grid-template-columns: 1fr 1fr; gap: 18px 28px; margin-top: 12px; }
      section { margin-top: 20px; padding-top: 12px; }
      figure, tr, .numbers div { break-inside: avoid; }
      h2, h2 + p { break-after: avoid; }
      .table { overflow: visible; }
      .words td:last-child { min-width: 0; }
    }

    """
}
