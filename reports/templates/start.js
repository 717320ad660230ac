// What happens when the page opens.

const data = JSON.parse(byId("data").textContent);
themeSwitch(redraw);
definitions();
document.querySelectorAll("table.sortable").forEach(sortable);
drawFirst(data);
let resizing = 0;
addEventListener("resize", () => {
  cancelAnimationFrame(resizing);
  resizing = requestAnimationFrame(resize);
});
// Paper is light, and as wide as it is.
addEventListener("beforeprint", () => {
  drawNow(data);
  redraw();
  resize();
});
addEventListener("afterprint", () => {
  redraw();
  resize();
});
// A comparison has no list to unpack.
(byId("trips") ? drawTrips(data) : Promise.resolve()).then(() => {
  document.documentElement.dataset.ready = "yes";
  setTimeout(() => drawRest(data, () => (document.documentElement.dataset.drawn = "yes")));
});
