// Saves a picture as PNG: the browser draws the SVG that the server made, twice as large.
"use strict";

const SCALE = 2;

async function drawn(address) {
  const picture = new Image();
  picture.src = address;
  await picture.decode();
  const canvas = document.createElement("canvas");
  canvas.width = picture.naturalWidth * SCALE;
  canvas.height = picture.naturalHeight * SCALE;
  const paper = canvas.getContext("2d");
  paper.fillStyle = "#ffffff";
  paper.fillRect(0, 0, canvas.width, canvas.height);
  paper.drawImage(picture, 0, 0, canvas.width, canvas.height);
  return new Promise((done) => canvas.toBlob(done, "image/png"));
}

function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

document.addEventListener("click", async (event) => {
  const link = event.target.closest("[data-clvrec-png]");
  if (!link) return;
  event.preventDefault();
  try {
    save(await drawn(link.href), link.download);
  } catch {
    location.assign(link.href); // it cannot be drawn: the server says why, or sends the SVG
  }
});
