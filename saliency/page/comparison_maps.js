"use strict";
// Maps: decoded when they are shown, laid over the states in the colours of the callback's own pictures.

const HEIGHT = 336; // of a canvas; about twice that on the page, for screens with small pixels
const GREY = 0.5; // brightness of the state below a map
const PLAIN = "rgb(50, 50, 50)"; // the ground where the states are not known
const WEAK = [255, 80, 0]; // orange, where a map is faint
const FULL = [255, 240, 80]; // yellow, where it is strong

const decoding = new Map(); // promises of levels by the id of their data block

function textOf(id) {
  return document.getElementById(id).textContent;
}

/** An image of the page. sourceOf is of the script that starts the page: it knows where the data are. */
async function imageOf(id) {
  const [kind, base64] = (await sourceOf(id)).split(",");
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  return createImageBitmap(new Blob([bytes], { type: kind.slice("data:".length, kind.indexOf(";")) }));
}

/** Levels 0 to 255 of a sprite of maps, pixel by pixel, with its width; null if a live page cannot get it. */
function levelsOf(id) {
  if (!decoding.has(id)) {
    decoding.set(id, imageOf(id).then((image) => {
      const brush = newCanvas(image.width, image.height).getContext("2d", { willReadFrequently: true });
      brush.drawImage(image, 0, 0);
      const pixels = brush.getImageData(0, 0, image.width, image.height).data;
      return { width: image.width, levels: pixels.filter((_, i) => i % 4 === 0) };
    }).catch(() => {
      decoding.delete(id); // and is asked for again when it is shown again
      return null;
    }));
  }
  return decoding.get(id);
}

/** Forgets all levels but these, so that a long look at many events does not fill the memory. */
function keepOnly(ids) {
  for (const id of decoding.keys()) {
    if (!ids.has(id)) decoding.delete(id);
  }
}

function newCanvas(width, height) {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  return canvas;
}

/** Size of the canvases: the game's proportions where its picture is known; a vector is a strip of cells. */
function canvasSize({ tile, picture }) {
  if (tile.height === 1) return [Math.min(Math.max(HEIGHT, 24 * tile.width), 2 * HEIGHT), 72];
  const { width, height } = picture ?? tile;
  return [Math.max(Math.round((HEIGHT * width) / height), 1), HEIGHT];
}

/** Upper left corner of a probe's tile in a sprite. */
function cornerOf(probe, { columns }, width, height) {
  return [(probe % columns) * width, Math.floor(probe / columns) * height];
}

/** A probe's state as a person would see it. */
function paintState(canvas, probe, { tile, picture }, pictures) {
  const brush = canvas.getContext("2d");
  brush.imageSmoothingEnabled = false;
  const [x, y] = cornerOf(probe, tile, picture.width, picture.height);
  brush.drawImage(pictures, x, y, picture.width, picture.height, 0, 0, canvas.width, canvas.height);
}

/**
 * A probe's map over its grey state, from orange to yellow. Every place of the map is a square.
 * ground: the sprite of grey states, or null; sprite: of levelsOf; top: strength of level 255; scale: strength in full yellow
 */
function paintMap(canvas, probe, tile, ground, sprite, top, scale) {
  const brush = canvas.getContext("2d");
  const [x, y] = cornerOf(probe, tile, tile.width, tile.height);
  brush.fillStyle = ground ? "black" : PLAIN;
  brush.fillRect(0, 0, canvas.width, canvas.height);
  brush.imageSmoothingEnabled = false;
  if (ground) {
    brush.globalAlpha = GREY;
    brush.drawImage(ground, x, y, tile.width, tile.height, 0, 0, canvas.width, canvas.height);
    brush.globalAlpha = 1;
  }
  if (!(scale > 0)) return; // a map of zeros, or one that is not finite
  const layer = newCanvas(tile.width, tile.height);
  layer.getContext("2d").putImageData(colourLayer(x, y, tile, sprite, top, scale), 0, 0);
  brush.drawImage(layer, 0, 0, canvas.width, canvas.height);
}

/** [red, green, blue, opacity] of a share of the full strength, as in the callback's own pictures. */
function colourOf(share) {
  const part = Math.min(share, 1);
  return [...WEAK.map((weak, i) => weak + (FULL[i] - weak) * part), 255 * part * (1.5 - 0.5 * part)];
}

/** The map in colour, more or less opaque. */
function colourLayer(x, y, tile, sprite, top, scale) {
  const colours = Array.from({ length: 256 }, (_, level) => colourOf((top * (level / 255) ** 2) / scale));
  const layer = new ImageData(tile.width, tile.height);
  let place = 0;
  for (let row = y; row < y + tile.height; row++) {
    for (let column = x; column < x + tile.width; column++) {
      layer.data.set(colours[sprite.levels[row * sprite.width + column]], place);
      place += 4;
    }
  }
  return layer;
}
