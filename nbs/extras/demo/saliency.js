// What happens to a photograph before the network and to its map behind it, as the Python package does it.

// Which old pixels a new one covers, and what each counts: `count` new pixels over `length` old ones.
function coveredPixels(length, count) {
  const step = length / count;
  return Array.from({ length: count }, (_, i) => {
    const first = Math.floor(i * step + 1e-9);
    const last = Math.min(length, Math.ceil((i + 1) * step - 1e-9));
    const weights = [];
    for (let old = first; old < last; old++) {
      weights.push((Math.min(old + 1, (i + 1) * step) - Math.max(old, i * step)) / step);
    }
    return { first, weights };
  });
}

// The network's input: planes of red, green and blue in [0,1], each new pixel the mean of the area that it covers.
function networkInput(rgba, width, height, columns, rows) {
  const across = coveredPixels(width, columns), down = coveredPixels(height, rows);
  const narrow = new Float32Array(3 * height * columns);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < columns; x++) {
      const { first, weights } = across[x];
      for (let channel = 0; channel < 3; channel++) {
        let sum = 0;
        for (let k = 0; k < weights.length; k++) sum += weights[k] * rgba[4 * (y * width + first + k) + channel];
        narrow[(channel * height + y) * columns + x] = sum;
      }
    }
  }
  const planes = new Float32Array(3 * rows * columns);
  for (let channel = 0; channel < 3; channel++) {
    for (let y = 0; y < rows; y++) {
      const { first, weights } = down[y];
      for (let x = 0; x < columns; x++) {
        let sum = 0;
        for (let k = 0; k < weights.length; k++) {
          sum += weights[k] * narrow[(channel * height + first + k) * columns + x];
        }
        planes[(channel * rows + y) * columns + x] = sum / 255;
      }
    }
  }
  return planes;
}

// Planes or a map, left and right exchanged.
function mirrored(values, columns) {
  const turned = values.slice();
  for (let start = 0; start < turned.length; start += columns) turned.subarray(start, start + columns).reverse();
  return turned;
}

// Cubic convolution (Keys 1981) with the coefficient that PyTorch takes.
function cubicWeights(t, a = -0.75) {
  const near = (d) => ((a + 2) * d - (a + 3)) * d * d + 1;
  const far = (d) => ((a * d - 5 * a) * d + 8 * a) * d - 4 * a;
  return [far(t + 1), near(t), near(1 - t), far(2 - t)];
}

// For each new pixel: the four old ones around it, those outside replaced by the border, and their weights.
function cubicNeighbours(length, count) {
  return Array.from({ length: count }, (_, i) => {
    const place = ((i + 0.5) * length) / count - 0.5, before = Math.floor(place);
    const old = [-1, 0, 1, 2].map((k) => Math.min(length - 1, Math.max(0, before + k)));
    return { old, weights: cubicWeights(place - before) };
  });
}

// A map of the network at the size of a picture, in [0,1].
function enlarge(map, columns, rows, width, height) {
  const across = cubicNeighbours(columns, width), down = cubicNeighbours(rows, height);
  const wide = new Float32Array(rows * width);
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < width; x++) {
      const { old, weights } = across[x];
      let sum = 0;
      for (let k = 0; k < 4; k++) sum += weights[k] * map[y * columns + old[k]];
      wide[y * width + x] = sum;
    }
  }
  const large = new Float32Array(height * width);
  for (let y = 0; y < height; y++) {
    const { old, weights } = down[y];
    for (let x = 0; x < width; x++) {
      let sum = 0;
      for (let k = 0; k < 4; k++) sum += weights[k] * wide[old[k] * width + x];
      large[y * width + x] = Math.min(1, Math.max(0, sum));
    }
  }
  return large;
}

function quantile(values, share) {
  const sorted = Float32Array.from(values).sort();
  const place = share * (sorted.length - 1), below = Math.floor(place);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
}

// The most salient regions of a map: connected pixels (of eight neighbours) among the highest tenth.
function topRegions(map, width, height, area = 0.1, count = 5) {
  const limit = quantile(map, 1 - area), seen = new Uint8Array(map.length), regions = [];
  const total = map.reduce((sum, value) => sum + value, 0);
  for (let start = 0; start < map.length; start++) {
    if (seen[start] || !(map[start] > limit)) continue;
    const region = { x: 0, y: 0, left: width, top: height, right: 0, bottom: 0, share: 0, peak: -1 };
    const waiting = [start];
    seen[start] = 1;
    while (waiting.length) {
      const place = waiting.pop(), x = place % width, y = (place - x) / width, value = map[place];
      region.share += value / total;
      const earlier = value === region.peak && place < region.y * width + region.x;
      if (value > region.peak || earlier) Object.assign(region, { x, y, peak: value });
      region.left = Math.min(region.left, x); region.right = Math.max(region.right, x);
      region.top = Math.min(region.top, y); region.bottom = Math.max(region.bottom, y);
      for (let v = Math.max(0, y - 1); v <= Math.min(height - 1, y + 1); v++) {
        for (let u = Math.max(0, x - 1); u <= Math.min(width - 1, x + 1); u++) {
          const next = v * width + u;
          if (!seen[next] && map[next] > limit) { seen[next] = 1; waiting.push(next); }
        }
      }
    }
    regions.push(region);
  }
  return regions.sort((a, b) => b.share - a.share).slice(0, count);
}

// A map's colours over a picture, in place; opaque where the map is high. `strength` 0 leaves the picture alone.
function paintMap(rgba, map, strength, colours) {
  let highest = 1e-12;
  for (const value of map) if (value > highest) highest = value;
  for (let place = 0; place < map.length; place++) {
    const scaled = map[place] / highest, alpha = strength * Math.sqrt(scaled);
    const colour = colours[Math.min(255, Math.floor(scaled * 256))];
    for (let channel = 0; channel < 3; channel++) {
      const at = 4 * place + channel;
      rgba[at] = Math.round(rgba[at] * (1 - alpha) + colour[channel] * alpha);
    }
  }
}

// A map as grey values: white is its maximum.
function paintGrey(rgba, map) {
  let highest = 1e-12;
  for (const value of map) if (value > highest) highest = value;
  for (let place = 0; place < map.length; place++) {
    rgba.fill(Math.round((255 * map[place]) / highest), 4 * place, 4 * place + 3);
    rgba[4 * place + 3] = 255;
  }
}

// What each box {x, y, width, height} of a map gets: its share of the sum, and that over its share of the area.
function boxAttention(map, width, boxes) {
  const total = map.reduce((sum, value) => sum + value, 0);
  return boxes.map((box) => {
    let sum = 0;
    for (let y = box.y; y < box.y + box.height; y++) {
      for (let x = box.x; x < box.x + box.width; x++) sum += map[y * width + x];
    }
    const area = (box.width * box.height) / map.length, share = total > 0 ? sum / total : 0;
    return { ...box, share, times_mean: share / area };
  });
}

// Whether the bytes of a GIF, PNG or WebP file hold more than one picture.
function isAnimated(bytes) {
  const text = new TextDecoder("latin1").decode(bytes);
  if (text.startsWith("GIF8")) return (text.match(/!\xf9\x04[^]{4}\0[,!]/g) ?? []).length > 1;
  if (text.startsWith("PNG", 1)) return text.slice(0, text.indexOf("IDAT")).includes("acTL");
  return text.startsWith("RIFF") && text.slice(8, 200).includes("ANIM");
}
