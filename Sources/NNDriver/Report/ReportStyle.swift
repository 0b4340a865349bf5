/// How the report looks, and what shows values under the pointer. Neither holds `<` or `&`, so that the page is XML, too.
enum ReportStyle {
  static let css = """
    :root{color-scheme:light}
    body{margin:0;background:#eef0f4;color:#1d2433;font:15px/1.45 system-ui,'Helvetica Neue',Arial,sans-serif}
    header{background:#1d2433;color:#fff;padding:22px 32px}header h1{margin:0;font-size:24px}
    header p{margin:4px 0 0;color:#c3c9d4;max-width:70em}
    main{padding:8px 32px 48px;max-width:1400px;margin:auto}
    h2{font-size:18px;margin:28px 0 10px}section{min-width:0}
    .cards{display:flex;flex-wrap:wrap;gap:12px;margin-top:20px}
    .card{background:#fff;border-radius:10px;padding:10px 18px;min-width:110px}
    .card b{display:block;font-size:22px}.card span{color:#596273;font-size:13px}
    .charts{display:grid;grid-template-columns:repeat(auto-fill,minmax(400px,1fr));gap:14px}
    figure{margin:0;background:#fff;border-radius:10px;padding:12px 14px;position:relative}
    figcaption{font-weight:600;font-size:14px;margin-bottom:4px}
    .chart svg{width:100%;display:block;touch-action:pan-y}.chart text{font-size:11px;fill:#596273}
    .chart path{fill:none;stroke-width:1.7;stroke:currentColor;stroke-linejoin:round}
    .chart circle{fill:currentColor}.chart path.grid{stroke:#e2e5eb;stroke-width:1}
    .chart path.cross{stroke:#8f97a6;stroke-width:1;stroke-dasharray:3 3}
    .chart path.v{stroke-width:2.2;stroke-dasharray:7 3}
    .c0{color:#2f6fd0}.c1{color:#d9822b}.c2{color:#2f9e7f}.c3{color:#b5428a}.c4{color:#7a5ea8}.c5{color:#a68a1d}
    .c6{color:#c0392b}.c7{color:#5a6577}
    .chart ul{list-style:none;margin:4px 0 0;padding:0;display:flex;flex-wrap:wrap;gap:2px 16px;font-size:13px}
    .chart li i{display:inline-block;width:16px;border-top:3px solid currentColor;margin-right:5px;vertical-align:middle}
    .chart li.v i{border-top-style:dashed}.chart li{white-space:nowrap}.chart li b{color:#1d2433}
    .tip{position:absolute;pointer-events:none;background:#1d2433;color:#fff;border-radius:6px;padding:6px 9px;
    font-size:12px;white-space:pre;z-index:2}
    .previews{display:grid;grid-template-columns:repeat(auto-fill,minmax(300px,1fr));gap:14px}
    .previews img{width:100%;image-rendering:pixelated;border-radius:4px;display:block}
    .wide{background:#fff;border-radius:10px;overflow:auto;max-height:860px;padding:6px}
    .wide.memory svg{width:100%;height:auto;min-width:1000px}
    table{border-collapse:collapse;background:#fff;border-radius:10px}
    td,th{text-align:left;padding:5px 16px;border-bottom:1px solid #eef0f4;font-size:14px}
    td.n{text-align:right;font-variant-numeric:tabular-nums}th{color:#596273;font-weight:600}
    pre{background:#fff;border-radius:10px;padding:14px 18px;overflow:auto;font-size:13px;line-height:1.4;margin:0}
    summary{cursor:pointer;margin-bottom:8px;color:#596273}
    """

  static let script = """
    for (const figure of document.querySelectorAll('.chart')) {
      const svg = figure.querySelector('svg'), cross = svg.querySelector('.cross');
      const number = name => Number(svg.dataset[name]);
      const curves = [...svg.querySelectorAll('path[data-n]')].map(path => ({name: path.dataset.n,
        steps: path.dataset.s.split(' ').map(Number), values: path.dataset.v.split(' ')}));
      const tip = document.createElement('div');
      tip.className = 'tip'; tip.hidden = true; figure.append(tip);
      const nearest = (curve, step) => curve.steps.reduce((best, s, i) =>
        Math.abs(curve.steps[best] - step) > Math.abs(s - step) ? i : best, 0);
      svg.addEventListener('pointermove', event => {
        const box = svg.getBoundingClientRect(), scale = svg.viewBox.baseVal.width / box.width;
        const share = ((event.clientX - box.left) * scale - number('left')) / (number('right') - number('left'));
        const wish = number('from') + Math.min(1, Math.max(0, share)) * (number('to') - number('from'));
        const dense = curves.reduce((a, b) => b.steps.length > a.steps.length ? b : a);
        const step = dense.steps[nearest(dense, wish)];
        const x = number('left') + (number('right') - number('left')) * (step - number('from')) / (number('to') - number('from'));
        cross.setAttribute('d', `M${x} 10V192`);
        tip.textContent = [`step ${step}`, ...curves.map(curve => {
          const index = nearest(curve, step), at = curve.steps[index];
          return `${curve.name}  ${curve.values[index]}` + (at === step ? '' : ` (step ${at})`);
        })].join('\\n');
        tip.hidden = false;
        const left = x / scale + 24, room = figure.clientWidth - tip.offsetWidth - 8;
        tip.style.left = `${left > room ? Math.max(0, left - tip.offsetWidth - 24) : left}px`;
        tip.style.top = '38px';
      });
      svg.addEventListener('pointerleave', () => { tip.hidden = true; cross.setAttribute('d', 'M0 0'); });
    }
    """
}
