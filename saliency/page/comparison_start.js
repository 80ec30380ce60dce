// A page with all its data in it: it shows them once.

async function sourceOf(id) {
  return textOf(id);
}

show(JSON.parse(textOf("comparison")));
